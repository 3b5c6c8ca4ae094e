import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Account, runAs } from './account.js';

/** One call of curl, and what came back. */
export interface Recorded {
  readonly url: string;
  /** 0 when nothing answered. */
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const TIMEOUT_MS = 60_000;
/** Calls the real curl, passes the answer on, and keeps a copy of it with its status. */
const WRAPPER = `#!/bin/bash
call="$RECORDS/$(ls "$RECORDS" | wc -l)"
"$REAL_CURL" "$@" --output "$call.body" --write-out '%{http_code}\\n%{content_type}\\n%{url_effective}\\n' > "$call.meta"
code=$?
touch "$call.body" && cat "$call.body"
exit $code
`;

/** Pastes lines into a shell in the clone. @returns the calls of curl in their order. @throws Error when the shell fails. */
export async function pasteLines(account: Account, lines: string): Promise<Recorded[]> {
  const folder = mkdtempSync(join(dirname(account.cloneDir), 'paste-'));
  const records = join(folder, 'records');
  mkdirSync(records);
  writeFileSync(join(folder, 'curl'), WRAPPER);
  chmodSync(join(folder, 'curl'), 0o755);
  if (account.ids !== undefined) for (const path of [folder, records]) chownSync(path, account.ids.uid, account.ids.gid);
  try {
    const environment = { RECORDS: records, REAL_CURL: findCurl(), PATH: `${folder}:${account.environment['PATH'] ?? ''}` };
    const { exitCode, output } = await runAs(account, ['bash', '-c', lines], { timeoutMs: TIMEOUT_MS, environment });
    const calls = readRecords(records);
    if (exitCode !== 0) throw new Error(`the lines ended with ${exitCode}; they wrote:\n${output}`);
    return calls;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRecords(folder: string): Recorded[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.meta'))
    .map((name) => name.slice(0, -'.meta'.length))
    .sort((a, b) => Number(a) - Number(b))
    .map((call) => {
      const [status, contentType, url] = readFileSync(join(folder, `${call}.meta`), 'utf8').split('\n');
      return {
        url: url ?? '',
        status: Number(status),
        contentType: contentType ?? '',
        body: readFileSync(join(folder, `${call}.body`), 'utf8'),
      };
    });
}

function findCurl(): string {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    try {
      readFileSync(join(folder, 'curl'), { flag: 'r' });
      return join(folder, 'curl');
    } catch {
      // Not here.
    }
  }
  throw new Error(`there is no curl in ${process.env['PATH']}`);
}
