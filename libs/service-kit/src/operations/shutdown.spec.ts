import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type ShutdownOptions, type ShutdownProcess, installShutdown } from './shutdown.js';

/** A process that records how it would have ended. */
class RecordingProcess extends EventEmitter implements ShutdownProcess {
  readonly codes: number[] = [];
  readonly exited: Promise<number>;
  private resolve!: (code: number) => void;

  constructor(readonly send?: () => void) {
    super();
    this.exited = new Promise((resolve) => (this.resolve = resolve));
  }

  exit(code: number): void {
    this.codes.push(code);
    this.resolve(code);
  }
}

function install(target: RecordingProcess, close: ShutdownOptions['close'], graceMs = 60_000): string[] {
  const events: string[] = [];
  installShutdown(target, { graceMs, drain: () => events.push('drain'), close, log: (message) => events.push(message) });
  return events;
}

describe('installShutdown', () => {
  it.each(['SIGTERM', 'SIGINT'])('drains, closes and exits with 0 on %s', async (signal) => {
    const target = new RecordingProcess();
    const events = install(target, async (reason) => void events.push(`close for ${reason}`));
    target.emit(signal);
    expect(await target.exited).toBe(0);
    expect(events).toEqual([`${signal}: finishing what runs, for at most 60000 ms`, 'drain', `close for ${signal}`]);
  });

  it('does so when the supervisor that forked it is gone', async () => {
    const target = new RecordingProcess(() => undefined);
    install(target, async () => undefined);
    target.emit('disconnect');
    expect(await target.exited).toBe(0);
  });

  it('does not listen for a supervisor it does not have', () => {
    const target = new RecordingProcess();
    install(target, async () => undefined);
    expect(target.listenerCount('disconnect')).toBe(0);
  });

  it('exits with 1 when closing takes longer than the grace', async () => {
    const target = new RecordingProcess();
    install(target, () => new Promise(() => undefined), 1);
    target.emit('SIGTERM');
    expect(await target.exited).toBe(1);
  });

  it('exits with 1 when closing fails', async () => {
    const target = new RecordingProcess();
    install(target, () => Promise.reject(new Error('stuck')));
    target.emit('SIGTERM');
    expect(await target.exited).toBe(1);
  });

  it('exits at once when the same signal comes again', async () => {
    const target = new RecordingProcess();
    let finish = (): void => undefined;
    install(target, () => new Promise((resolve) => (finish = resolve)));
    target.emit('SIGINT');
    target.emit('SIGINT');
    expect(target.codes).toEqual([130]);
    finish();
  });

  it('takes SIGINT from the terminal and SIGTERM from the supervisor for one wish', async () => {
    const target = new RecordingProcess(() => undefined);
    let finish = (): void => undefined;
    const events = install(target, () => new Promise((resolve) => (finish = resolve)));
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) target.emit(event);
    expect(target.codes).toEqual([]);
    finish();
    expect(await target.exited).toBe(0);
    expect(events.filter((event) => event === 'drain')).toHaveLength(1);
  });
});
