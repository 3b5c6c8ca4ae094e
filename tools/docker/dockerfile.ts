/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** Such as `--from=build`. */
  readonly flags: readonly string[];
  /** What follows the flags. */
  readonly rest: string;
}

/** From one FROM to the next. */
export interface Stage {
  readonly image: string;
  /** Undefined without AS. */
  readonly name: string | undefined;
  /** Without the FROM. */
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile as far as ours goes: no heredocs, no escape directive. @throws Error when something stands before the first FROM. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const { keyword, flags, rest } of readInstructions(text)) {
    if (keyword === 'FROM') {
      const [image = '', as, name] = rest.split(/\s+/);
      stages.push({ image, name: as?.toUpperCase() === 'AS' ? name : undefined, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`received ${keyword} before the first FROM; expected FROM`);
    stage.instructions.push({ keyword, flags, rest });
  }
  return stages;
}

function readInstructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines.join('\n').replace(/\\\n\s*/g, '');
  return joined.split('\n').map((line) => {
    const [, keyword = '', flags = '', rest = ''] = /^\s*(\S+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
    return { keyword: keyword.toUpperCase(), flags: flags.split(/\s+/).filter(Boolean), rest: rest.trim() };
  });
}

/** The arguments of an instruction in its exec form, a JSON list. @throws Error for the shell form, which puts a shell between the signal and us. */
export function parseExecForm(text: string): readonly string[] {
  const parsed: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (Array.isArray(parsed) && parsed.every((part) => typeof part === 'string')) return parsed;
  throw new Error(`received ${JSON.stringify(text)}; expected a JSON list of strings`);
}

/** The variables that a stage's ENV instructions set, which hold no spaces in ours. */
export function environmentOf(stage: Stage): Readonly<Record<string, string>> {
  const pairs = stage.instructions.filter(({ keyword }) => keyword === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
