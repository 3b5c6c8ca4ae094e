import { it } from '@jest/globals';
import { startTestDatabase } from '@tallymark/testing';
import { writeFileSync } from 'node:fs';
import { startContractApp } from './support/contract-app.js';
it('x', async () => {
  const db = await startTestDatabase({ now: new Date() });
  const app = await startContractApp(db, () => new Date());
  writeFileSync('/tmp/doc.json', (await app.inject('/openapi.json')).body);
  console.log((await app.inject('/metrics/usage/accounts/' + 'x'.repeat(120) + '.json')).body);
  await app.close(); await db.stop();
}, 60000);
