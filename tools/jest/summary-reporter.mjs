/** Ends the run with one plain line that scripts can read, and fails it when anything was skipped. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    this.skipped = skipped;
    const line = `${results.numPassedTests} passed, ${results.numFailedTests + results.numRuntimeErrorTestSuites} failed`;
    process.stdout.write(`${line}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }

  getLastError() {
    return this.skipped > 0 ? new Error(`${this.skipped} tests were skipped; a skipped test is a failure here`) : undefined;
  }
}
