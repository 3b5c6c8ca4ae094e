import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '../stack/gateway/routes.js';
import { type ComposeService, parseEnvFile, readCompose } from './compose-file.js';

const folder = join(import.meta.dirname, '../../docker');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const example = parseEnvFile(read('.env.example'));
/** As somebody fills them: every empty one with a secret of its own. */
const filled = Object.fromEntries(
  Object.entries(example).map(([name, value]) => [
    name,
    value === '' ? `${name.toLowerCase()}-0123456789abcdef`.replaceAll('_', '-') : value,
  ]),
);
const secretNames = Object.keys(example).filter((name) => example[name] === '');
const compose = readCompose(read('compose.yaml'), filled);
const service = (name: string): ComposeService => compose.services[name]!;
const ROLES = { ingest: 'tallymark_ingest', 'usage-api': 'tallymark_api', 'billing-calc': 'tallymark_calc' } as const;
const OURS = [...SERVICE_NAMES, 'migrate', 'gateway'] as const;

describe('compose.yaml', () => {
  it('has the database, its migration, the three services and the gateway', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['billing-calc', 'gateway', 'ingest', 'migrate', 'postgres', 'usage-api']);
  });

  it.each(secretNames)('does not start without %s', (name) => {
    expect(() => readCompose(read('compose.yaml'), { ...filled, [name]: '' })).toThrow(`${name} is not set: set it in docker/.env`);
  });

  it('starts with what has a default left out', () => {
    const secrets = Object.fromEntries(secretNames.map((name) => [name, filled[name]!]));
    expect(readCompose(read('compose.yaml'), secrets)).toEqual(compose);
  });

  it.each(Object.keys(compose.services))('%s is an image of a named version', (name) => {
    const { image, build } = service(name);
    if (build === undefined) expect(image).toMatch(/^[a-z]+:\d+/);
    else expect(image).toBe(`tallymark-${build.args['APP']}`);
    expect(image).not.toContain('latest');
  });

  it.each(SERVICE_NAMES)('%s is built from the one Dockerfile', (name) => {
    expect(service(name).build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile', args: { APP: name } });
  });

  it.each(OURS)('%s can write nothing, has no privileges and gets none', (name) => {
    const { read_only: isReadOnly, cap_drop: dropped, security_opt: options, user } = service(name);
    expect([isReadOnly, dropped, options]).toEqual([true, ['ALL'], ['no-new-privileges:true']]);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it.each(SERVICE_NAMES)('%s acts as its own role, whose password is the one that migrate gives', (name) => {
    const { username, password, host, pathname } = new URL(service(name).environment!['DATABASE_URL']!);
    expect([username, host, pathname]).toEqual([ROLES[name], 'postgres:5432', '/tallymark']);
    expect(service('migrate').environment![`${ROLES[name].toUpperCase()}_PASSWORD`]).toBe(password);
  });

  it('gives a secret to nobody who does not need it', () => {
    const holders = (secret: string): string[] =>
      Object.keys(compose.services)
        .filter((name) => JSON.stringify(service(name).environment ?? {}).includes(filled[secret]!))
        .sort();
    expect(Object.fromEntries(secretNames.map((name) => [name, holders(name)]))).toEqual({
      POSTGRES_PASSWORD: ['migrate', 'postgres'],
      TALLYMARK_OWNER_PASSWORD: ['migrate'],
      TALLYMARK_INGEST_PASSWORD: ['ingest', 'migrate'],
      TALLYMARK_API_PASSWORD: ['migrate', 'usage-api'],
      TALLYMARK_CALC_PASSWORD: ['billing-calc', 'migrate'],
      TOKEN_SECRET: ['billing-calc', 'ingest', 'usage-api'],
      OPERATOR_TOKEN: ['usage-api'],
    });
  });

  it('starts in order: database, migration, services, gateway', () => {
    const conditionsOf = (name: string): Record<string, string> =>
      Object.fromEntries(Object.entries(service(name).depends_on ?? {}).map(([other, { condition }]) => [other, condition]));
    expect(conditionsOf('postgres')).toEqual({});
    expect(conditionsOf('migrate')).toEqual({ postgres: 'service_healthy' });
    for (const name of SERVICE_NAMES)
      expect(conditionsOf(name)).toEqual({ postgres: 'service_healthy', migrate: 'service_completed_successfully' });
    expect(conditionsOf('gateway')).toEqual(Object.fromEntries(SERVICE_NAMES.map((name) => [name, 'service_healthy'])));
    expect(service('migrate').restart).toBe('no');
  });

  it.each([...SERVICE_NAMES, 'postgres', 'gateway'])('%s says whether it is healthy', (name) => {
    const [kind, ...command] = service(name).healthcheck?.test ?? [];
    expect(kind).toBe('CMD');
    // An unquoted ": " would have made a mapping of it.
    expect(command.map((part) => typeof part)).toEqual(command.map(() => 'string'));
  });

  it('keeps the data on a volume, and forces it to the disk', () => {
    const { volumes, command, image } = service('postgres');
    expect(image).toBe('postgres:18');
    expect(volumes).toEqual(['postgres:/var/lib/postgresql']);
    expect(Object.keys(compose.volumes)).toEqual(['postgres']);
    expect(command).toEqual(expect.arrayContaining(['-cfsync=on', '-csynchronous_commit=on', '-cfull_page_writes=on']));
  });

  it('lets in through the gateway alone, and from this machine alone', () => {
    const published = Object.keys(compose.services).filter((name) => service(name).ports !== undefined);
    expect(published).toEqual(['gateway']);
    expect(service('gateway').ports).toEqual(['127.0.0.1:8080:8080']);
    expect(compose.networks['data']).toEqual({ internal: true });
    expect(service('gateway').networks).toEqual(['edge']);
    expect(service('postgres').networks).toEqual(['data']);
  });

  it('gives the gateway the configuration that is tested here', () => {
    expect(service('gateway')).toMatchObject({
      entrypoint: ['nginx'],
      command: ['-p', '/tmp/', '-e', 'stderr', '-c', '/etc/tallymark/nginx.conf', '-g', 'daemon off;'],
      volumes: ['./nginx:/etc/tallymark:ro'],
    });
    const upstreams = [...read('nginx/addresses/upstreams.conf').matchAll(/server (\S+):(\d+);/g)].map(([, host, port]) => [host, port]);
    expect(upstreams).toEqual(SERVICE_NAMES.map((name) => [name, service(name).environment!['PORT']]));
  });
});

describe("the README's commands that make docker/.env", () => {
  it('give every secret a value of its own, in a file for its owner alone', () => {
    const [, commands = ''] = /^# 1\..*?\n(.*?)\n\n/ms.exec(read('README.md')) ?? [];
    const place = mkdtempSync(join(tmpdir(), 'tallymark-env-'));
    try {
      mkdirSync(join(place, 'docker'));
      cpSync(join(folder, '.env.example'), join(place, 'docker/.env.example'));
      execFileSync('/bin/sh', ['-euc', commands], { cwd: place });
      const file = join(place, 'docker/.env');
      const made = parseEnvFile(readFileSync(file, 'utf8'));
      expect(Object.keys(made)).toEqual(Object.keys(example));
      for (const name of secretNames) expect(made[name]).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(secretNames.map((name) => made[name])).size).toBe(secretNames.length);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
