/** Whether the service takes new requests. */
export class Lifecycle {
  private draining = false;

  get isDraining(): boolean {
    return this.draining;
  }

  /** From now on `/readyz` says no, and new requests are refused; those that run go on. */
  drain(): void {
    this.draining = true;
  }
}
