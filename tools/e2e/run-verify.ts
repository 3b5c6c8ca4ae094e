import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findRootDir, type Platform } from './platform.js';

/** How `npm run verify` ended. */
export interface VerifyRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs the built check on a platform's database, in billing-calc's role. */
export async function runVerify({ database }: Platform): Promise<VerifyRun> {
  const rootDir = findRootDir();
  const child = spawn(process.execPath, [join(rootDir, 'tools', 'dist', 'verify', 'main.js')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.urls.calc },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exitCode = await new Promise<number | null>((settle, fail) => child.once('error', fail).once('close', settle));
  return { exitCode, output };
}
