import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeService, SERVICES } from './describe-service.js';
import { checkDocument, writeDocument } from './openapi-files.js';

const USAGE = `Usage: npm run openapi -- [--check]

Writes apps/<service>/openapi.json from the built services; needs no database.

  --check   write nothing; end with 1 when a file is not what the service says
`;
/** Compiled to tools/dist/openapi. */
const ROOT_DIR = join(import.meta.dirname, '..', '..', '..');

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } } });
process.exitCode = values.help === true ? printUsage() : await run(values.check);

async function run(isCheck: boolean): Promise<number> {
  const stale: string[] = [];
  for (const service of SERVICES) {
    const file = join('apps', service.name, 'openapi.json');
    const text = await describeService(ROOT_DIR, service);
    if (!isCheck) {
      process.stdout.write(`${file}: ${writeDocument(join(ROOT_DIR, file), text)}\n`);
      continue;
    }
    const differences = checkDocument(join(ROOT_DIR, file), text);
    process.stdout.write(
      `${file}: ${differences.length === 0 ? 'fresh' : 'stale'}\n${differences.map((line) => `    ${line}\n`).join('')}`,
    );
    if (differences.length > 0) stale.push(file);
  }
  if (stale.length > 0) process.stderr.write(`stale: ${stale.join(', ')}; run: npm run openapi\n`);
  return stale.length > 0 ? 1 : 0;
}

function printUsage(): number {
  process.stdout.write(USAGE);
  return 0;
}
