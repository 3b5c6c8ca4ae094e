import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { environmentOf, type Instruction, parseDockerfile, parseExecForm, type Stage } from './dockerfile.js';

const stages = parseDockerfile(readFileSync(join(import.meta.dirname, '../../docker/Dockerfile'), 'utf8'));
const service = stages.at(-1)!;
const ofKind = (stage: Stage, keyword: string): readonly Instruction[] => stage.instructions.filter((one) => one.keyword === keyword);

describe('parseDockerfile', () => {
  it('joins lines, drops comments, and tells stages, flags and arguments apart', () => {
    const text = '# syntax=x\nFROM a:1 AS one\nRUN --mount=type=cache,target=/x b \\\n    # why\n    && c\n\nfrom a:1\nCMD ["d"]\n';
    expect(parseDockerfile(text)).toEqual([
      { image: 'a:1', name: 'one', instructions: [{ keyword: 'RUN', flags: ['--mount=type=cache,target=/x'], rest: 'b && c' }] },
      { image: 'a:1', name: undefined, instructions: [{ keyword: 'CMD', flags: [], rest: '["d"]' }] },
    ]);
  });

  it('wants FROM first', () => expect(() => parseDockerfile('RUN x')).toThrow('received RUN before the first FROM'));
});

describe('the Dockerfile', () => {
  it('builds in one stage and runs in another', () => expect(stages.map(({ name }) => name)).toEqual(['build', 'service']));

  it('starts from the slim image of Node 24, by tag', () =>
    expect(stages.map(({ image }) => image)).toEqual(['node:24-slim', 'node:24-slim']));

  it('takes the service as its one argument', () => {
    expect(stages.flatMap((stage) => ofKind(stage, 'ARG')).map(({ rest }) => rest)).toEqual(['APP']);
  });

  it('adds nothing from elsewhere', () => {
    expect(stages.flatMap((stage) => ofKind(stage, 'ADD'))).toEqual([]);
    for (const { rest } of stages.flatMap((stage) => ofKind(stage, 'RUN'))) expect(rest).not.toMatch(/curl|wget|apt-get|https?:/);
  });

  it('installs by the lockfile alone, and runs no scripts of packages', () => {
    const installs = ofKind(stages[0]!, 'RUN').filter(({ rest }) => /npm (?!run)/.test(rest));
    expect(installs).toHaveLength(2);
    for (const { rest } of installs) expect(rest).toMatch(/^npm ci --ignore-scripts/);
    expect(installs[1]!.rest).toContain('--omit=dev');
  });

  it('takes into the image what the first stage laid out, and nothing else', () => {
    expect(ofKind(service, 'COPY')).toEqual([{ keyword: 'COPY', flags: ['--from=build'], rest: '/build/image ./' }]);
    expect(ofKind(service, 'RUN')).toEqual([]);
  });

  it('runs as a user with a number, who is not root and owns nothing in it', () => {
    const [user] = ofKind(service, 'USER').map(({ rest }) => rest);
    expect(user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(service.instructions.findIndex(({ keyword }) => keyword === 'USER')).toBeGreaterThan(
      service.instructions.findIndex(({ keyword }) => keyword === 'COPY'),
    );
  });

  it('starts Node as the first process, without a shell, and ends by SIGTERM', () => {
    expect(parseExecForm(ofKind(service, 'CMD')[0]!.rest)).toEqual(['node', 'main.js']);
    expect(ofKind(service, 'STOPSIGNAL').map(({ rest }) => rest)).toEqual(['SIGTERM']);
    expect(ofKind(service, 'ENTRYPOINT')).toEqual([]);
  });

  it('listens beyond the container, at the port that it names', () => {
    expect(environmentOf(service)).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8080' });
    expect(ofKind(service, 'EXPOSE').map(({ rest }) => rest)).toEqual(['8080']);
  });

  it('asks /livez whether it lives', () => {
    const [check] = ofKind(service, 'HEALTHCHECK');
    expect(parseExecForm(check!.rest.replace(/^CMD /, '')).join(' ')).toContain('/livez');
    expect(check!.flags).toContain('--start-period=30s');
  });
});
