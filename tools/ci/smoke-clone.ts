import { randomInt } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DemoCredentials } from '../demo/credentials.js';
import { choosePort } from '../stack/ports.js';
import { type Account, runAs } from './account.js';
import { apiCallsOf, checkAnswer, CONTRACTS, verdictsOf } from './check-answer.js';
import type { Checks } from './checks.js';
import { assertNothingLeft, npmStart, type NpmStart } from './npm-start.js';
import { pasteLines, type Recorded } from './recorded-curl.js';
import { findCurlLines, findMarkedBlocks } from './shell-blocks.js';

/** Promised from the end of the installation to the block of addresses. Exceeding it is told, since a busy machine is no fault of ours. */
const PROMISED_READY_MS = 60_000;
const COMMAND_TIMEOUT_MS = 300_000;
const COUNTED_PATIENCE_MS = 30_000;

/** The life of a platform in one clone: first start, use, Ctrl-C, second start, a crash, third start. */
export async function smokeClone(account: Account, environment: Readonly<Record<string, string>>, checks: Checks): Promise<void> {
  const port = await choosePort(randomInt(10_000, 19_000));
  const start = async (name: string, extra: Readonly<Record<string, string>> = {}): Promise<NpmStart | undefined> => {
    const running = await checks.check(name, () => npmStart(account, { ...environment, ...extra, PORT: String(port) }));
    if (running !== undefined) {
      const seconds = (running.readyMs / 1_000).toFixed(1);
      const late = running.readyMs > PROMISED_READY_MS ? `; WARNING: promised within ${PROMISED_READY_MS / 1_000} s` : '';
      checks.note(`ready after ${seconds} s, without the installation${late}`);
    }
    return running;
  };
  const stop = (running: NpmStart): Promise<unknown> => checks.check('Ctrl-C leaves no process behind', () => stopAll(account, running));

  const first = await start('the first npm start, which installs');
  if (first === undefined) return;
  await useAll(account, first, checks);
  const before = await checks.check('usage before the stop', () => readState(account));
  await stop(first);
  await checks.check('npm run verify says equal while nothing runs', () => verify(account));

  const second = await start('a second npm start');
  if (second === undefined) return;
  await checks.check('it keeps the data', async () => expectSame(await readState(account), before));
  await checks.check('kill -9 of the stack', () => second.kill());
  const third = await start('the next npm start after that');
  if (third === undefined) return;
  await checks.check('it has the data still', async () => expectSame(await readState(account), before));
  await checks.check('npm run verify says equal', () => verify(account));
  await stop(third);
  await checks.check('nothing is left of the killed one', () => assertNothingLeft(second.processes, account.cloneDir));
}

/** Everything that a person would do with a running platform. */
async function useAll(account: Account, running: NpmStart, checks: Checks): Promise<void> {
  await checks.check('credentials in a file of mode 600', () => checkCredentials(account));
  await checks.check('the printed lines, pasted', async () => {
    const lines = findCurlLines(running.output());
    const before = await readState(account);
    expectContracts(await pasteLines(account, lines.join('\n')), lines.length);
    await expectCounted(account, before.apiCalls + 1);
  });
  await checks.check("the README's lines, pasted", async () => {
    const blocks = findMarkedBlocks(readFileSync(join(account.cloneDir, 'README.md'), 'utf8'));
    if (blocks.length === 0) throw new Error('the README has no block marked <!-- smoke -->');
    const text = blocks.join('\n');
    const written = text.split('\n').filter((line) => line.startsWith('curl ')).length;
    const before = await readState(account);
    expectContracts(await pasteLines(account, text), written);
    await expectCounted(account, before.apiCalls + 1);
  });
  await checks.check('the page and the documents', () => checkPages(running));
  await checks.check('a start beside it is told what runs', async () => {
    const { exitCode, output } = await runAs(account, ['npm', 'start'], { timeoutMs: COMMAND_TIMEOUT_MS });
    if (exitCode === 0 || !/already runs/.test(output)) throw new Error(`it ended with ${exitCode} and wrote:\n${output}`);
  });
  await checks.check('npm run verify says equal', () => verify(account));
}

function readCredentials(account: Account): DemoCredentials {
  return JSON.parse(readFileSync(join(account.cloneDir, '.data', 'demo-credentials.json'), 'utf8')) as DemoCredentials;
}

function checkCredentials(account: Account): void {
  const credentials = readCredentials(account);
  const mode = statSync(join(account.cloneDir, '.data', 'demo-credentials.json')).mode & 0o777;
  if (mode !== 0o600) throw new Error(`its mode is ${mode.toString(8)}; expected 600`);
  const expected = {
    organization: ['id', 'apiKey'],
    billingUsage: ['token', 'customerId'],
    lago: ['apiKey'],
    crossmint: ['projectId', 'apiKey'],
    comet: ['token'],
    gnip: ['account', 'user', 'password'],
  };
  for (const [member, names] of Object.entries(expected)) {
    const value = (credentials as unknown as Record<string, Record<string, unknown>>)[member];
    for (const name of names)
      if (typeof value?.[name] !== 'string') throw new Error(`${member}.${name} is missing in ${JSON.stringify(credentials)}`);
  }
}

/** All answered well, each contract among them, and a sent event stored. */
function expectContracts(calls: readonly Recorded[], lines: number): void {
  if (calls.length !== lines) throw new Error(`${calls.length} calls were made; expected ${lines}`);
  const names = calls.map(checkAnswer);
  const missing = CONTRACTS.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`none of the lines calls ${missing.join(', ')}`);
  const verdicts = calls.filter((_call, index) => names[index] === 'events').flatMap(verdictsOf);
  if (verdicts.join() !== 'stored') throw new Error(`the sent event got ${verdicts.join() || 'no verdict'}; expected stored`);
}

/** The sent event shows in the usage. */
async function expectCounted(account: Account, expected: number): Promise<void> {
  for (const deadline = performance.now() + COUNTED_PATIENCE_MS; ; await delay(100)) {
    const { apiCalls } = await readState(account);
    if (apiCalls === expected) return;
    if (performance.now() > deadline) throw new Error(`apiCalls shows ${apiCalls} used; expected ${expected}`);
  }
}

async function checkPages(running: NpmStart): Promise<void> {
  const dashboard = /Dashboard\s+(http\S+)/.exec(running.output())?.[1];
  const documents = /Swagger UI\s+(http\S+)/.exec(running.output())?.[1];
  for (const page of [dashboard, documents, `${documents}/usage-api/`]) {
    if (page === undefined) throw new Error(`an address is missing in:\n${running.output()}`);
    const response = await fetch(page);
    const text = await response.text();
    if (response.status !== 200 || !/<html/i.test(text)) throw new Error(`${page} answered ${response.status}: ${text.slice(0, 300)}`);
  }
}

async function verify(account: Account): Promise<void> {
  const { exitCode, output } = await runAs(account, ['npm', 'run', '--silent', 'verify'], { timeoutMs: COMMAND_TIMEOUT_MS });
  if (exitCode !== 0 || !/^equal: [1-9]/m.test(output)) throw new Error(`it ended with ${exitCode} and wrote:\n${output}`);
}

/** What must outlive a stop. */
interface State {
  readonly organizationId: string;
  readonly apiKey: string;
  readonly apiCalls: number;
}

async function readState(account: Account): Promise<State> {
  const { baseUrl, organization, billingUsage } = readCredentials(account);
  const url = `${baseUrl}/api/billing/usage`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${billingUsage.token}` } });
  const recorded = { url, status: response.status, contentType: response.headers.get('content-type') ?? '', body: await response.text() };
  checkAnswer(recorded);
  return { organizationId: organization.id, apiKey: organization.apiKey, apiCalls: apiCallsOf(recorded) };
}

function expectSame(now: State, before: State | undefined): void {
  if (JSON.stringify(now) !== JSON.stringify(before)) throw new Error(`it was ${JSON.stringify(before)} and is ${JSON.stringify(now)}`);
}

async function stopAll(account: Account, running: NpmStart): Promise<void> {
  await running.interrupt();
  await assertNothingLeft(running.processes, account.cloneDir);
  if (!running.output().includes('stopped; the data is kept'))
    throw new Error(`it did not say that it stopped:\n${running.output().slice(-2_000)}`);
}
