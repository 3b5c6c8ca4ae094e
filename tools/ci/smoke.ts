import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, createAccount } from './account.js';
import { createChecks } from './checks.js';
import { endAll, findLeftOver } from './processes.js';
import { smokeClone } from './smoke-clone.js';

/**
 * Runs `npm start` in clean clones of HEAD, as root and as an ordinary user, and pastes what it and the README offer. Must be run as root, on Linux.
 *
 * `node tools/dist/ci/smoke.js [root|user]`
 */

/** Compiled to tools/dist/ci. */
const ROOT_DIR = join(import.meta.dirname, '..', '..', '..');
const REAL_DATA_DIR = join(ROOT_DIR, '..', 'shared', 'data');

let current: Account | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    leave();
    process.exit(1);
  });
}

const wanted = process.argv.slice(2);
const checks = createChecks((text) => process.stdout.write(text));
for (const kind of ['root', 'user'] as const) {
  if (wanted.length > 0 && !wanted.includes(kind)) continue;
  process.stdout.write(`npm start in a clean clone, as ${kind === 'root' ? 'root' : 'an ordinary user'}\n`);
  const account = await checks.check('a clone', () => createAccount(kind, ROOT_DIR));
  if (account === undefined) continue;
  current = account;
  try {
    // One with real input where there is any, the other with what is generated in its place.
    const demo: Record<string, string> = kind === 'root' && existsSync(REAL_DATA_DIR) ? { DEMO_DATA_DIR: REAL_DATA_DIR } : {};
    await smokeClone(account, demo, checks);
  } finally {
    leave();
  }
}
process.stdout.write(`${checks.passed()} passed, ${checks.failed()} failed\n`);
process.exitCode = checks.failed() === 0 ? 0 : 1;

/** Ends whatever still runs in the clone, and removes it. */
function leave(): void {
  if (current === undefined) return;
  endAll(findLeftOver([], current.cloneDir));
  current.remove();
  current = undefined;
}
