// Adds to package-lock.json the optional packages for other platforms that a registry did not have when the lockfile was made. Without
// them `npm ci` refuses the lockfile, on every platform. Run it after `npm install`: node tools/start/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OPERATING_SYSTEMS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
  windows: 'win32',
};
const PROCESSORS = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};
const C_LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };
/** An exact version: a range would have to be resolved, which takes the registry. */
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;

const file = process.argv[2] ?? fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [parentPath, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path] || lock.packages[`${parentPath}/${path}`] || !EXACT_VERSION.test(version)) continue;
    const platform = platformOf(name);
    if (platform === undefined) continue;
    lock.packages[path] = { version, ...platform, optional: true, ...(parent.dev === true ? { dev: true } : {}) };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} packages added${added.length > 0 ? `: ${added.join(', ')}` : ''}\n`);

/** Such packages are named after their platform: `core-linux-arm64-musl`, `resolver-binding-win32-x64-msvc`. */
function platformOf(name) {
  const words = name.split('/').pop().split('-');
  const os = words.map((word) => OPERATING_SYSTEMS[word]).find(Boolean);
  const cpu = words.map((word) => PROCESSORS[word]).find(Boolean);
  const libc = words.map((word) => C_LIBRARIES[word]).find(Boolean);
  if (!os || !cpu) return undefined;
  return { cpu: [cpu], ...(os === 'linux' && libc ? { libc: [libc] } : {}), os: [os] };
}
