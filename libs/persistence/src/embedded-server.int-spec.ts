import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { isRoot, SYSTEM_DIRECTORY } from './embedded-binaries.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-server.js';

// A cluster is made for nearly every case, on a disk that may be slow.
jest.setTimeout(120_000);

describe('embedded PostgreSQL', () => {
  let home: string;
  let dataDir: string;
  const servers: EmbeddedPostgres[] = [];

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tallymark-embedded-'));
    // As root the server runs as another user, who has to get in.
    chmodSync(home, 0o755);
    dataDir = join(home, 'postgres');
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await server.stop();
      rmSync(server.dataDir, { recursive: true, force: true });
    }
    rmSync(home, { recursive: true, force: true });
  });

  async function start(): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir });
    servers.push(server);
    return server;
  }

  it('keeps what was committed when its process is killed, and starts anew in the same directory', async () => {
    const first = await start();
    await run(first.url, 'create table note (text text)');
    await run(first.url, "insert into note values ('kept')");
    await first.kill();
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const second = await start();
    expect(await run(second.url, 'select text from note')).toEqual([{ text: 'kept' }]);
  });

  it('ends a server that an earlier run left behind', async () => {
    const orphan = await start();
    const successor = await start();
    expect(await orphan.exited).toEqual({ code: 0, signal: null });
    expect(await run(successor.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts over a pid file whose number belongs to another program', async () => {
    const first = await start();
    const pidFile = readFileSync(join(first.dataDir, 'postmaster.pid'), 'utf8');
    await first.stop();
    writeFileSync(join(first.dataDir, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
    const second = await start();
    expect(await run(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('names both versions when the data is of another one, and leaves it alone', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(/is of PostgreSQL 15; this is PostgreSQL 18/);
    expect(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  it('refuses a directory that holds something else', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'notes.txt'), 'mine');
    await expect(start()).rejects.toThrow(/holds files but no PostgreSQL database/);
  });

  it('keeps the data elsewhere, and finds it again, where its user cannot get in', async () => {
    chmodSync(home, 0o700);
    const first = await start();
    expect(first.dataDir.startsWith(isRoot() ? SYSTEM_DIRECTORY : home)).toBe(true);
    await run(first.url, 'create table note (text text)');
    await first.stop();
    expect((await start()).dataDir).toBe(first.dataDir);
  });

  it('begins anew when it is asked to, whatever is there', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'PG_VERSION'), '15\n');
    const server = await startEmbeddedPostgres({ dataDir, fresh: true });
    servers.push(server);
    expect(await run(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('makes its data anew when the first attempt was cut short', async () => {
    mkdirSync(`${dataDir}.partial`);
    writeFileSync(join(`${dataDir}.partial`, 'PG_VERSION'), '18\n');
    const server = await start();
    expect(await run(server.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  });
});

async function run(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
