import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchOptions {
  /** Rows to measure, in the order of the table. */
  readonly names: readonly string[];
  /** Share of the full sizes: 1 is what the bounds are for. */
  readonly scale: number;
  /** Where to write the figures as JSON. */
  readonly jsonFile: string | undefined;
  /** Print the table as Markdown. */
  readonly markdown: boolean;
  /** Folder for a CPU profile of each service. */
  readonly profileDir: string | undefined;
  readonly help: boolean;
}

/** A command line that can't be followed; its message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `Usage: npm run bench -- [NAME…] [--scale S] [--json FILE] [--markdown] [--profile DIR]

Measures the rows of the table, all of them or those named, each beside what it is compared with in the same run on the same server.

  --scale S      share of the full sizes, 0.001 to 1 (default 1); figures for the record are taken at 1
  --json FILE    write the figures to a file
  --markdown     print the table as Markdown
  --profile DIR  have each service write a CPU profile to DIR
`;

/** Reads the command line. @throws {@link UsageError} */
export function readOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no ${unknown.join(', ')}; expected some of ${known.join(', ')}`);
  const scale = Number(values.scale ?? '1');
  if (!(scale >= 0.001 && scale <= 1)) throw new UsageError(`--scale is ${String(values.scale)}; expected a number from 0.001 to 1`);
  return {
    names: positionals.length === 0 ? known : known.filter((name) => positionals.includes(name)),
    scale,
    jsonFile: values.json,
    markdown: values.markdown ?? false,
    profileDir: values.profile,
    help: values.help ?? false,
  };
}

type RawOptions = ReturnType<typeof parseRaw>;

function parseRaw(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'boolean' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function parse(args: readonly string[]): RawOptions {
  try {
    return parseRaw(args);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
