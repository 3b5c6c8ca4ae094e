import { parse } from 'yaml';

/** A service of a compose file, as far as ours goes. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: Readonly<Record<string, string>> };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly restart?: boolean }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

/**
 * Reads a compose file and fills in its variables.
 *
 * @throws Error that names a variable which the file requires (`${NAME:?…}`) and `environment` lacks, or one that it takes for granted.
 */
export function readCompose(text: string, environment: Readonly<Record<string, string>>): ComposeFile {
  const raw: unknown = parse(text, { merge: true });
  return fillIn(raw, (value) => interpolate(value, environment)) as ComposeFile;
}

function fillIn(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => fillIn(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillIn(item, change)]));
}

function interpolate(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g, (_whole, name: string, kind: string | undefined, argument: string) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    if (kind === '-') return argument;
    throw new Error(`${name} is not set${kind === '?' ? `: ${argument}` : ''}`);
  });
}

/** Reads a file of `NAME=value` lines. */
export function parseEnvFile(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
