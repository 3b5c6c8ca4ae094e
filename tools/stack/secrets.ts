import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './stack-error.js';

/** What a run keeps secret. Made once, kept in `<DATA_DIR>/secrets.json`, mode 600. */
export interface Secrets {
  /** Passwords of the database roles. */
  readonly rolePasswords: Readonly<Record<'owner' | 'ingest' | 'api' | 'calc', string>>;
  /** Signs customer tokens. */
  readonly tokenSecret: string;
  /** Lets its bearer create organizations. */
  readonly operatorToken: string;
}

/** Reads the secrets, or makes them on the first run. @throws {@link StackError} when the file cannot be read. */
export function loadSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    } catch (error) {
      throw new StackError(
        `cannot read ${file}: ${String(error)}`,
        ['Remove the file: passwords are then made anew, and tokens that were given out end.'],
        error,
      );
    }
  }
  const secret = (): string => randomBytes(32).toString('base64url');
  const secrets: Secrets = {
    rolePasswords: { owner: secret(), ingest: secret(), api: secret(), calc: secret() },
    tokenSecret: secret(),
    operatorToken: secret(),
  };
  writePrivateJson(file, secrets);
  return secrets;
}

/** Writes a file whole or not at all, readable by its owner alone. */
export function writePrivateJson(file: string, value: unknown): void {
  const partial = `${file}.partial`;
  writeFileSync(partial, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(partial, 0o600);
  renameSync(partial, file);
}
