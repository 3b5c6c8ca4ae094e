import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireRunLock } from './run-lock.js';

describe('acquireRunLock', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'tallymark-lock-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is held by one run alone, and named to the second', () => {
    const release = acquireRunLock(dataDir, 8080);
    expect(() => acquireRunLock(dataDir, 8080)).toThrow(`process ${process.pid}, http://127.0.0.1:8080`);
    release();
    acquireRunLock(dataDir, 8080)();
  });

  it.each([
    ['a process that is no more', JSON.stringify({ pid: 4_000_000, started: '1', port: 8080 })],
    ['an earlier process of the same number', JSON.stringify({ pid: process.pid, started: '1', port: 8080 })],
    ['nobody, since it was cut short', '{"pid":'],
  ])('does not count when it belongs to %s', (_name, content) => {
    writeFileSync(join(dataDir, 'run.lock'), content);
    acquireRunLock(dataDir, 8080)();
  });

  it('does not count when it belongs to a process that has ended and whose parent has not asked for it', async () => {
    // The shell becomes `sleep 30`, which never asks for the child it inherits.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      const fields = (): string[] => {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      };
      writeFileSync(join(dataDir, 'run.lock'), JSON.stringify({ pid, started: fields()[19], port: 8080 }));
      while (fields()[0] !== 'Z') await delay(20);
      acquireRunLock(dataDir, 8080)();
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
