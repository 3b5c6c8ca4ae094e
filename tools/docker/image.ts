import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { copyBuildContext } from './build-context.js';
import { parseDockerfile } from './dockerfile.js';

/** The first install brings what this checkout has been installed with already, by the same lockfile. */
const FULL_INSTALL = 'npm ci --ignore-scripts';
const BUILD_FOLDER = '/build/';

/**
 * Lays out the files of a service's image in `folder` as `docker build` would: the build context of this checkout, and every RUN of the
 * Dockerfile's first stage in its WORKDIR. Only the full install is replaced, by links to the packages of this checkout.
 *
 * @returns the folder that the image gets as `/app`.
 * @throws Error that quotes the command which failed.
 */
export function layOutImage(rootDir: string, app: string, folder: string): string {
  const [build] = parseDockerfile(readFileSync(join(rootDir, 'docker', 'Dockerfile'), 'utf8'));
  if (build === undefined) throw new Error('docker/Dockerfile has no stage');
  let workdir = folder;
  for (const { keyword, rest } of build.instructions) {
    if (keyword === 'WORKDIR') {
      workdir = join(folder, rest.slice(BUILD_FOLDER.length));
      mkdirSync(workdir, { recursive: true });
    } else if (keyword === 'COPY') copyBuildContext(rootDir, workdir);
    else if (keyword === 'RUN' && rest === FULL_INSTALL) linkPackages(rootDir, workdir);
    else if (keyword === 'RUN') runCommand(rest, workdir, app);
    else if (keyword !== 'ARG') throw new Error(`received ${keyword} ${rest}; expected only ARG, WORKDIR, COPY and RUN in the build stage`);
  }
  return join(folder, 'image');
}

function runCommand(command: string, cwd: string, app: string): void {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], APP: app, npm_config_prefer_offline: 'true' };
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`RUN ${command}\nended with ${status}:\n${stdout}\n${stderr}`);
}

/** Third-party packages by their place in this checkout; our own by the same relative links as npm makes, so that they lead into the copy. */
function linkPackages(rootDir: string, workdir: string): void {
  const from = join(rootDir, 'node_modules');
  const to = join(workdir, 'node_modules');
  mkdirSync(join(to, '@tallymark'), { recursive: true });
  for (const name of readdirSync(from)) if (name !== '@tallymark') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@tallymark'))) {
    symlinkSync(readlinkSync(join(from, '@tallymark', name)), join(to, '@tallymark', name));
  }
}
