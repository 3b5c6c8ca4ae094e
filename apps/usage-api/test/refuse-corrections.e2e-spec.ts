import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, START_TIMEOUT_MS, startCatalogueApp } from './support/catalogue-app.js';

const NESTED = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** Bodies that JavaScript reads, and that can't be kept. They are texts: what is wrong with them is lost once they are parsed. */
describe('a correction that cannot be kept', () => {
  let world: CatalogueApp;
  let key: string;

  beforeAll(async () => {
    world = await startCatalogueApp();
    ({ key } = await world.addOrganization('acme'));
  }, START_TIMEOUT_MS);
  afterAll(async () => world.stop());

  it.each([
    ['data nested more deeply than the stack holds', `{"a":${NESTED}}`, '/replacement/data', 'too_deep'],
    ['a number that is zero in JavaScript', '{"v":1e-300000}', '', 'not_storable'],
    ['a member given twice, first as a number of too many digits', '{"v":1e999999,"v":5}', '', 'not_storable'],
  ])('is refused: %s', async (_name, data, pointer, code) => {
    const response = await world.app.inject({
      method: 'POST',
      url: '/platform/v1/corrections',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      payload: `{"kind":"amend","event":{"subject":"acme","source":"/s","id":"a"},"replacement":{"type":"t","data":${data}},"reason":"r","dry_run":true}`,
    });
    const body = response.json<{ errors: { pointer: string; code: string }[] }>();
    expect([response.statusCode, body.errors[0]?.code]).toEqual([422, code]);
    expect(body.errors[0]?.pointer.startsWith(pointer)).toBe(true);
  });

  it('is no fault of ours in any other body either', async () => {
    const response = await world.app.inject({
      method: 'POST',
      url: '/platform/v1/meters',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      payload: `{"code":${NESTED}}`,
    });
    expect(response.statusCode).toBe(400);
  });
});
