/** Whether the service takes new requests, and whether any still run. */
export class Lifecycle {
  private draining = false;
  private readonly running = new Set<object>();
  private onIdle: (() => void)[] = [];

  get isDraining(): boolean {
    return this.draining;
  }

  /** From now on `/readyz` says no, and new requests are refused; those that run go on. */
  drain(): void {
    this.draining = true;
  }

  enter(request: object): void {
    this.running.add(request);
  }

  leave(request: object): void {
    this.running.delete(request);
    if (this.running.size > 0) return;
    for (const notify of this.onIdle.splice(0)) notify();
  }

  /** Resolves as soon as no request runs. Nest's own shutdown hooks run before the last answers are out, so they wait for this. */
  async idle(): Promise<void> {
    if (this.running.size > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }
}
