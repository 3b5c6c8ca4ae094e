import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BILLING_ERROR_CODES, billingErrorCode } from './errors.js';
import { billingUsageExample, billingUsageOpenApi } from './openapi.js';

/** Formats are checked by the zod schemas that these come from. */
const ajv = new Ajv2020({ strict: false, validateFormats: false });

interface Operation {
  readonly responses: Readonly<Record<string, { content: { 'application/json': { schema: { $ref: string }; example: unknown } } }>>;
}

describe('the document of billing usage', () => {
  const { get } = billingUsageOpenApi.paths['/api/billing/usage'] as { get: Operation };

  it.each(Object.entries(get.responses))('shows an example of %s that its schema allows', (status, { content }) => {
    const { schema, example } = content['application/json'];
    const component = billingUsageOpenApi.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as Record<string, unknown>;
    expect(ajv.validate(component, example)).toBe(true);
    if (status !== '200') expect(example).toMatchObject({ error: { code: billingErrorCode(Number(status)) } });
  });

  it('allows no other shape', () => {
    const component = billingUsageOpenApi.components.schemas['BillingUsageResponse'] as Record<string, unknown>;
    expect(ajv.validate(component, { ...billingUsageExample, success: false })).toBe(false);
  });

  it('names every error code', () => {
    expect(billingUsageOpenApi.components.schemas['BillingUsageError']).toMatchObject({
      properties: { error: { properties: { code: { enum: [...BILLING_ERROR_CODES] } } } },
    });
  });
});
