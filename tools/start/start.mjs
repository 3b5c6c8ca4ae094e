// Builds what changed, then runs the stack in this same process.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = fileURLToPath(new URL('../..', import.meta.url));
const dashboardDir = join(rootDir, 'apps', 'dashboard');
const stampFile = join(dashboardDir, 'dist', '.sources');

process.stdout.write('\n  Tallymark\n\n');
const failed = (await Promise.all([buildServices(), buildDashboard()])).includes(false);
if (failed) process.exit(1);
await import('../dist/stack/main.js');

/** The compiler itself knows what changed. */
function buildServices() {
  return step('Services and tools built', ['node_modules/typescript/bin/tsc', '-b', 'tools'], rootDir);
}

/** Vite builds everything each time, so it only runs when a source changed. */
async function buildDashboard() {
  const stamp = hashSources();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return true;
  const isBuilt = await step(
    'Dashboard built',
    [join(rootDir, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    dashboardDir,
  );
  if (isBuilt) {
    mkdirSync(join(dashboardDir, 'dist'), { recursive: true });
    writeFileSync(stampFile, stamp);
  }
  return isBuilt;
}

/** Runs a Node program and prints one line about it; its output only when it fails. */
function step(label, args, cwd) {
  const begin = performance.now();
  return new Promise((settle) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.once('error', (error) => output.push(Buffer.from(String(error))));
    child.once('close', (code) => {
      process.stdout.write(`  ${code === 0 ? '✓' : '✗'} ${formatDuration(performance.now() - begin).padStart(11)}  ${label}\n`);
      if (code !== 0) process.stderr.write(`\n${Buffer.concat(output).toString()}\n`);
      settle(code === 0);
    });
  });
}

function formatDuration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** One hash over the names and contents of all that goes into the dashboard. */
function hashSources() {
  const hash = createHash('sha256');
  const files = [join(rootDir, 'package-lock.json'), ...listFiles(dashboardDir)];
  for (const file of files)
    hash
      .update(`${relative(rootDir, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function listFiles(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !['dist', 'node_modules', '.vite'].includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(directory, entry.name)) : [join(directory, entry.name)]));
}
