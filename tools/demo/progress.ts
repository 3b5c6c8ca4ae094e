import cliProgress from 'cli-progress';
import type { Terminal } from '../stack/steps.js';

/** Shows how far long work has come. */
export interface Progress {
  readonly advance: (by: number) => void;
  readonly end: () => void;
}

/** A bar on a terminal; elsewhere a line at every fifth of the way. */
export function createProgress(terminal: Terminal & NodeJS.WritableStream, label: string, total: number): Progress {
  return terminal.isTTY === true ? createBar(terminal, label, total) : createLines(terminal, label, total);
}

function createBar(terminal: NodeJS.WritableStream, label: string, total: number): Progress {
  const format = `  ${label} {bar} {percentage}% | {value}/{total} | {rate}/s | {eta_formatted} left`;
  const bar = new cliProgress.SingleBar(
    { format, stream: terminal, hideCursor: true, clearOnComplete: true, barsize: 30, etaBuffer: 50 },
    cliProgress.Presets.shades_classic,
  );
  const begin = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: 0 });
  return {
    advance: (by) => {
      done += by;
      bar.update(done, { rate: Math.round((done * 1_000) / Math.max(1, performance.now() - begin)) });
    },
    end: () => bar.stop(),
  };
}

const PARTS = 5;

/** See {@link createProgress}: for logs. */
export function createLines(terminal: Terminal, label: string, total: number): Progress {
  let done = 0;
  let printed = 0;
  return {
    advance: (by) => {
      done += by;
      const parts = Math.floor((done * PARTS) / total);
      if (parts <= printed || parts === PARTS) return;
      printed = parts;
      terminal.write(`    ${label}: ${done} of ${total}\n`);
    },
    end: () => undefined,
  };
}
