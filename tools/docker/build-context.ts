import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One line of a .dockerignore. */
interface Rule {
  readonly pattern: RegExp;
  readonly isException: boolean;
}

/** Whether a path goes to the builder: the last line that fits it or a folder above it decides. Of the patterns `*`, `**` and names are known. */
export function createContextFilter(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): Rule => ({ isException: line.startsWith('!'), pattern: compilePattern(line.replace(/^!/, '')) }));
  return (path) => {
    const last = rules.findLast(({ pattern }) => pattern.test(path));
    return last === undefined || last.isException;
  };
}

function compilePattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\//g, '\0')
    .replace(/\*\*/g, '.*')
    .replace(/\*/g, '[^/]*')
    .replace(/\0/g, '(?:.*/)?');
  return new RegExp(`^${source}(?:/.*)?$`);
}

/** The files `docker build` would send from a checkout: what git knows or would add, less what .dockerignore keeps back. */
export function listBuildContext(rootDir: string): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: rootDir, encoding: 'utf8' });
  const isSent = createContextFilter(readFileSync(join(rootDir, '.dockerignore'), 'utf8'));
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && isSent(path) && existsSync(join(rootDir, path)));
}

/** Copies them. */
export function copyBuildContext(rootDir: string, target: string): void {
  for (const path of listBuildContext(rootDir)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(rootDir, path), join(target, path));
  }
}
