import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateAccessLog, generateDailyCounts, generateDayShape, generateLlmRequests } from './generate-sources.js';
import { parseAccessLog } from './parse-access-log.js';
import { parseAzureTrace } from './parse-azure-trace.js';
import { parseDailyViews } from './parse-daily-views.js';
import { parseDayShape } from './parse-day-shape.js';
import type { DemoSources } from './sources.js';

/** How many files {@link readSources} looks for. */
export const SOURCE_FILES = 5;

/** Reads the demo's input from a folder; what is not there is generated. The README beside the demo says where to get the files. */
export function readSources(folder: string): DemoSources {
  const generated: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T[], generate: () => T[]): T[] => {
    const file = join(folder, name);
    const parsed = existsSync(file) ? parse(readText(file)) : [];
    if (parsed.length > 0) return parsed;
    generated.push(name);
    return generate();
  };
  const chat = read(
    'AzureLLMInferenceTrace_conv.csv',
    (text) => parseAzureTrace(text, 'chat-large'),
    () => generateLlmRequests('chat-large'),
  );
  const code = read(
    'AzureLLMInferenceTrace_code.csv',
    (text) => parseAzureTrace(text, 'code-large'),
    () => generateLlmRequests('code-large'),
  );
  return {
    llmRequests: [...chat, ...code],
    accessLog: read('apache_access.log.gz', parseAccessLog, generateAccessLog),
    dailyCounts: read('wikipedia_log_views_R_2008-2015.csv', parseDailyViews, generateDailyCounts),
    dayShape: read('nab_elb_request_count_5min.csv', parseDayShape, generateDayShape),
    generated,
  };
}

function readText(file: string): string {
  const content = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8');
}
