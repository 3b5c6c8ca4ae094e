// Every check of the repository, in order, after `npm ci`. Prints what each one writes, a summary, and as its last line `N passed, N failed`.
// Plain JavaScript, since it runs before anything is built.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = fileURLToPath(new URL('../..', import.meta.url));
const SUMMARY = /^(\d+) passed, (\d+) failed/gm;

/**
 * `counts`: the program itself counts its tests and prints `N passed, N failed`; otherwise the check counts as one.
 * `forbidden`: text that means failure although the program ends with 0.
 */
const CHECKS = [
  { name: 'The lockfile names versions, not places', run: checkLockfile },
  { name: 'Format', command: ['npx', 'prettier', '--check', '.'] },
  { name: 'Lint, with boundaries', command: nx('lint'), forbidden: /No cached ProjectGraph|\bskipped\b/i },
  { name: 'Types', command: nx('typecheck'), forbidden: /\bskipped\b/i },
  { name: 'Build', command: ['npm', 'run', 'build'] },
  { name: 'OpenAPI documents are fresh', command: ['npm', 'run', 'openapi', '--', '--check'] },
  { name: 'Tests, migrations and schema drift among them', command: ['npm', 'test'], counts: true },
  { name: 'npm start in clean clones', command: ['node', 'tools/dist/ci/smoke.js'], counts: true },
];

// `node tools/ci/run.mjs Lint Types` runs those alone.
const wanted = process.argv.slice(2);
const results = [];
for (const check of CHECKS.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))) {
  process.stdout.write(`\n=== ${check.name}\n`);
  const begin = performance.now();
  const { passed, failed, reason } = check.run === undefined ? await runCommand(check) : check.run();
  results.push({ name: check.name, passed, failed, reason, seconds: (performance.now() - begin) / 1_000 });
  if (reason !== undefined) process.stdout.write(`${reason}\n`);
}

process.stdout.write('\n=== Summary\n');
for (const { name, passed, failed, reason, seconds } of results) {
  const mark = failed === 0 ? '✓' : '✗';
  process.stdout.write(
    `${mark} ${name}: ${passed} passed, ${failed} failed, ${seconds.toFixed(0)} s${reason === undefined ? '' : ` (${reason})`}\n`,
  );
}
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`);
process.exitCode = total('failed') === 0 ? 0 : 1;

/** Static output, so that what is forbidden can be found in it. */
function nx(target) {
  return ['npx', 'nx', 'run-many', '-t', target, '--outputStyle=static', '--parallel=2'];
}

/** Addresses would tie an installation to one registry; links within the workspace are none. */
function checkLockfile() {
  const { packages } = JSON.parse(readFileSync(join(rootDir, 'package-lock.json'), 'utf8'));
  const addresses = Object.entries(packages).filter(([, entry]) => /^[a-z+]+:/.test(entry.resolved ?? ''));
  if (addresses.length === 0) return { passed: 1, failed: 0 };
  return {
    passed: 0,
    failed: 1,
    reason: `${addresses.length} packages bear an address, such as ${addresses[0][0]}: ${addresses[0][1].resolved}`,
  };
}

async function runCommand({ command, forbidden, counts }) {
  const { exitCode, output } = await run(command);
  const found = forbidden?.exec(output)?.[0];
  const reason = exitCode !== 0 ? `${command.join(' ')} ended with ${exitCode}` : found !== undefined ? `it wrote "${found}"` : undefined;
  if (counts !== true) return { passed: reason === undefined ? 1 : 0, failed: reason === undefined ? 0 : 1, reason };
  const [, passed, failed] = [...output.matchAll(SUMMARY)].at(-1)?.map(Number) ?? [0, 0, 1];
  // A run that failed without a failed test (nothing ran, something was skipped) is a failure all the same.
  return { passed, failed: failed === 0 && (reason !== undefined || passed === 0) ? 1 : failed, reason };
}

function run([program, ...args]) {
  return new Promise((settle) => {
    const child = spawn(program, args, { cwd: rootDir, env: { ...process.env, NX_DAEMON: 'false' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
        target.write(chunk);
      });
    }
    child.once('error', (error) => settle({ exitCode: null, output: `${output}${error.message}` }));
    child.once('close', (exitCode) => settle({ exitCode, output }));
  });
}
