/** Where lines go. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Runs one piece of work and prints one line about it: what, how it went, how long it took. */
export type RunStep = <T>(label: string, work: (note: (detail: string) => void) => Promise<T> | T) => Promise<T>;

const DURATION_WIDTH = 11;

/**
 * Makes a {@link RunStep}. On a terminal the line shows at once and is completed at the end; elsewhere it is printed when the work is done.
 *
 * @param nowMs a clock that only runs forward.
 */
export function createSteps(terminal: Terminal, nowMs: () => number = () => performance.now()): RunStep {
  return async (label, work) => {
    const begin = nowMs();
    let detail = '';
    const finish = (mark: string): void => {
      const clear = terminal.isTTY === true ? '\r\u001b[2K' : '';
      terminal.write(`${clear}${formatStep(mark, detail === '' ? label : `${label}: ${detail}`, nowMs() - begin)}\n`);
    };
    if (terminal.isTTY === true) terminal.write(`  … ${' '.repeat(DURATION_WIDTH)}  ${label}`);
    try {
      const result = await work((text) => {
        detail = text;
      });
      finish('✓');
      return result;
    } catch (error) {
      finish('✗');
      throw error;
    }
  };
}

function formatStep(mark: string, label: string, elapsedMs: number): string {
  return `  ${mark} ${formatDuration(elapsedMs).padStart(DURATION_WIDTH)}  ${label}`;
}

/** `84 ms`, `1.2 s`, `1 min 12 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 100) / 10;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
