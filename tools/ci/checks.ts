/** A row of checks: each prints a line, and a failed one does not keep the next from running. */
export interface Checks {
  /** @returns what the work returned, or undefined when it threw. */
  readonly check: <T>(name: string, work: () => Promise<T> | T) => Promise<T | undefined>;
  readonly note: (line: string) => void;
  readonly passed: () => number;
  readonly failed: () => number;
}

export function createChecks(write: (text: string) => void): Checks {
  let passed = 0;
  let failed = 0;
  return {
    check: async (name, work) => {
      const begin = performance.now();
      try {
        const result = await work();
        passed += 1;
        write(`  ✓ ${name} (${seconds(begin)})\n`);
        return result;
      } catch (error) {
        failed += 1;
        const reason = error instanceof Error ? error.message : String(error);
        write(`  ✗ ${name} (${seconds(begin)})\n${indent(reason)}\n`);
        return undefined;
      }
    },
    note: (line) => write(`    ${line}\n`),
    passed: () => passed,
    failed: () => failed,
  };
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1_000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
