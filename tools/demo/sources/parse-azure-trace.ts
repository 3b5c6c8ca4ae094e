import type { LlmRequest } from './sources.js';

const LINE = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\.(\d{3})\d*,(\d+),(\d+)$/;

/** Reads a trace of the Azure Public Dataset: `TIMESTAMP,ContextTokens,GeneratedTokens`. Digits past the millisecond are cut off. */
export function parseAzureTrace(text: string, model: string): LlmRequest[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, date, time, milliseconds, input, output] = LINE.exec(line) ?? [];
    if (date === undefined) return [];
    return [{ at: new Date(`${date}T${time}.${milliseconds}Z`), model, inputTokens: Number(input), outputTokens: Number(output) }];
  });
}
