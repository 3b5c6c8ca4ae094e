import { it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { buildOpenApi } from '@tallymark/service-kit';
import { startCatalogueApp } from '../support/catalogue-app.js';
it('dumps', async () => {
  const c = await startCatalogueApp();
  writeFileSync('/tmp/t/openapi-catalogue.json', JSON.stringify(buildOpenApi(c.app), null, 2));
  await c.stop();
});
