// Runs before everything else, on nothing but Node: checks its version, and installs what package-lock.json names when it is not there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const rootDir = fileURLToPath(new URL('../..', import.meta.url));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`Tallymark needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node} (${process.execPath})`);
}

const missing = findMissingPackage();
if (missing !== undefined) {
  process.stdout.write(`  … installing packages (${missing})\n`);
  const begin = performance.now();
  // The npm that runs us, so that it's the same version; development packages build the platform.
  const npm = process.env['npm_execpath'];
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: rootDir,
    stdio: 'inherit',
  });
  if (result.status !== 0)
    fail(`npm ci failed${result.error ? `: ${result.error.message}` : ` with code ${result.status}`}; see its messages above`);
  process.stdout.write(`  ✓ ${`${((performance.now() - begin) / 1000).toFixed(1)} s`.padStart(11)}  Packages installed\n`);
}

/** Compares the lockfile with what npm noted down when it installed. Says what is amiss, undefined when nothing is. */
function findMissingPackage() {
  const installedFile = join(rootDir, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return 'none are there';
  const wanted = readPackages(join(rootDir, 'package-lock.json'));
  const installed = readPackages(installedFile);
  for (const [path, { version, optional, link }] of Object.entries(wanted)) {
    // Optional packages may be for another platform.
    if (!path.startsWith('node_modules/') || optional) continue;
    if (!installed[path]) return `${path.slice('node_modules/'.length)} is missing`;
    // Some packages write a "v" before their version, which only one of the two files keeps.
    if (!link && withoutV(installed[path].version) !== withoutV(version))
      return `${path.slice('node_modules/'.length)} is ${installed[path].version}, expected ${version}`;
  }
  return undefined;
}

function withoutV(version) {
  return version?.replace(/^v/, '');
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch (error) {
    return fail(`cannot read ${file}: ${error.message}`);
  }
}

function fail(message) {
  process.stderr.write(`\n${message}\n\n`);
  process.exit(1);
}
