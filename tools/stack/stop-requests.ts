/** What to do when somebody wants an end. */
export interface StopHandlers {
  /** @param reason `Ctrl-C`, `SIGTERM`, … */
  readonly first: (reason: string) => void;
  /** It was not quick enough. */
  readonly again: () => void;
}

/** One Ctrl-C may come twice: from the terminal, and again from the program that runs us. */
const SAME_REQUEST_MS = 1_000;
const PARENT_CHECK_MS = 500;

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. Run by npm, which does not pass a SIGTERM on and ends by itself, the loss of the parent process counts too.
 */
export function listenForStopRequests(handlers: StopHandlers): void {
  let firstAt: number | undefined;
  const request = (reason: string): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      handlers.first(reason);
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) {
      handlers.again();
    }
  };
  process.on('SIGINT', () => request('Ctrl-C'));
  process.on('SIGTERM', () => request('SIGTERM'));
  process.on('SIGHUP', () => request('the terminal is gone'));

  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    request('npm is gone');
  }, PARENT_CHECK_MS);
  timer.unref();
}
