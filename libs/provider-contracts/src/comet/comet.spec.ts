import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@tallymark/domain';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { ApiRequest } from '../canonical.js';
import { cometErrorSchema, cometErrors, readCometError } from './errors.js';
import { cometOpenApi, cometUsageExample } from './openapi.js';
import { COMET_USAGE_PATHS, buildCometUsageRequest, isCometUsagePath, parseCometUsageRequest } from './request.js';
import { instantText } from './instant-text.js';
import { type CometUsage, cometUsageSchema, readCometUsage, renderCometUsage, renderCometUsageText } from './response.js';

const NOW = new Date('2026-11-21T10:00:00Z');

function entry(createdAt: string, change: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: '/v1/a',
    method: 'GET',
    request: { body: {}, query: {}, params: {}, headers: {} },
    response: {},
    status: 200,
    createdAt: new Date(createdAt),
    ...change,
  };
}

/** Parameter and code of each detail of the error that parsing throws. */
function refusalOf(query: Record<string, string | string[]>): string[] {
  try {
    parseCometUsageRequest(query);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.details.map((detail) => `${String(detail.parameter)} ${detail.code}`);
  }
}

describe('a Comet request', () => {
  it.each([
    [{}, 1_000, null],
    [{ limit: '', before: '' }, 1_000, null],
    [{ limit: '1' }, 1, null],
    [{ limit: '1000', other: 'x' }, 1_000, null],
    [{ before: '2026-11-21T11:00:00.5+01:00' }, 1_000, '2026-11-21T10:00:00.500Z'],
  ])('%j: limit %d before %s', (query, limit, before) => {
    expect(parseCometUsageRequest(query)).toEqual({ limit, before: before === null ? null : new Date(before) });
  });

  it.each([
    [{ limit: '0' }, ['limit invalid_format']],
    [{ limit: '1001' }, ['limit invalid_format']],
    [{ limit: '10.0' }, ['limit invalid_format']],
    [{ limit: '١٢' }, ['limit invalid_format']],
    [{ limit: ['1', '1'] }, ['limit duplicate']],
    [{ before: '2026-11-21' }, ['before invalid_format']],
    [{ limit: 'x', before: 'y' }, ['limit invalid_format', 'before invalid_format']],
  ])('refuses %j: %j', (query, expected) => {
    expect(refusalOf(query as Record<string, string>)).toEqual(expected);
  });

  it('is understood as it was built', () => {
    const before = fc.option(fc.date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2030-01-01') }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), before, (limit, instant) => {
        const built = buildCometUsageRequest({ limit, before: instant });
        expect(isCometUsagePath(built.path)).toBe(true);
        expect(parseCometUsageRequest(built.query)).toEqual({ limit, before: instant });
      }),
    );
  });
});

describe('a Comet answer', () => {
  it('lists the oldest first, with the members of the contract in their order', () => {
    const body = renderCometUsage([
      entry('2026-11-21T09:00:00Z'),
      entry('2026-11-21T08:00:00.020Z', { method: 'POST', response: 'no JSON', status: 404 }),
    ]);
    expect(JSON.stringify(body)).toBe(
      '{"requests":[{"path":"/v1/a","method":"POST","request":{"body":{},"query":{},"params":{},"headers":{}},"response":"no JSON","status":404,"createdAt":"2026-11-21T08:00:00.020Z"},' +
        '{"path":"/v1/a","method":"GET","request":{"body":{},"query":{},"params":{},"headers":{}},"response":{},"status":200,"createdAt":"2026-11-21T09:00:00.000Z"}]}',
    );
  });

  it('6.3.3 is JSON: quoted names, no trailing commas, no comments', () => {
    const text = JSON.stringify(renderCometUsage([entry('2026-11-21T09:00:00Z', { response: undefined })]));
    expect(readCometUsage(JSON.parse(text))).toHaveLength(1);
  });

  it.each([[null], [undefined]])('shows %s as an empty object', (nothing) => {
    const given = entry('2026-11-21T09:00:00Z', { response: nothing, request: { body: nothing, query: {}, params: {}, headers: {} } });
    expect(renderCometUsage([given]).requests[0]).toMatchObject({ request: { body: {} }, response: {} });
    expect(renderCometUsageText([given])).toBe(JSON.stringify(renderCometUsage([given])));
  });

  it('writes any instant as ISO 8601 does', () => {
    fc.assert(fc.property(fc.date({ noInvalidDate: true }), (instant) => expect(instantText(instant)).toBe(instant.toISOString())));
    expect(() => instantText(new Date(Number.NaN))).toThrow(RangeError);
  });

  it('keeps requests of one millisecond in the order in which they are given', () => {
    const given = ['/v1/c', '/v1/b', '/v1/a'].map((path) => entry('2026-11-21T09:00:00Z', { path }));
    const text = renderCometUsageText([entry('2026-11-21T10:00:00Z', { path: '/v1/last' }), ...given]);
    expect((JSON.parse(text) as CometUsage).requests.map(({ path }) => path)).toEqual(['/v1/c', '/v1/b', '/v1/a', '/v1/last']);
  });

  it('is read back as it was rendered', () => {
    // zod drops a member named __proto__.
    const members = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.jsonValue(),
    );
    // Through JSON, as bodies come; null is written as {}.
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value ?? {})) as unknown);
    const entries: fc.Arbitrary<ApiRequest> = fc.record({
      path: fc.webPath(),
      method: fc.constantFrom('GET', 'POST', 'DELETE'),
      request: fc.record({ body: json, query: members, params: members, headers: members }),
      response: json,
      status: fc.integer({ min: 100, max: 599 }),
      createdAt: fc.date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2030-01-01') }),
    });
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 4 }), (given) => {
        const sorted = [...given].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
        const text = JSON.stringify(renderCometUsage(given));
        expect(renderCometUsageText(given)).toBe(text);
        expect(JSON.parse(JSON.stringify(readCometUsage(JSON.parse(text))))).toEqual(JSON.parse(JSON.stringify(sorted)));
      }),
    );
  });

  it.each([[null], [{ message: 'Unauthorized' }], [{ requests: [{}] }]])('is not %j', (body) => {
    expect(() => readCometUsage(body)).toThrow('not a Comet usage answer');
  });
});

describe('a Comet error', () => {
  it.each([
    [401, 'Unauthorized', 'Bearer'],
    [404, 'said', undefined],
    [429, 'said', undefined],
    [500, 'Internal server error', undefined],
    [503, 'said', undefined],
  ])('with status %d says %s', (status, message, challenge) => {
    const rendered = cometErrors.render({ status, code: 'internal', message: 'said', details: [], now: NOW });
    expect(rendered).toEqual({
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...(challenge === undefined ? {} : { 'www-authenticate': challenge }) },
      body: { message },
    });
    expect(readCometError(rendered.body)).toBe(message);
  });

  it.each([
    ['/usage', true, true],
    ['/v1/usage', true, true],
    ['/rest/v1/usage/', true, true],
    ['/v1/usage/more', true, false],
    ['/v1/usages', false, false],
    ['/platform/v1/usage', false, false],
  ])('%s: %s, and the route itself: %s', (path, matches, isRoute) => {
    expect([cometErrors.matches(path), isCometUsagePath(path)]).toEqual([matches, isRoute]);
  });
});

describe('the document of Comet', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  it('shows examples that its schemas allow', () => {
    expect(cometUsageSchema.parse(cometUsageExample)).toEqual(cometUsageExample);
    const { CometUsage, CometError } = cometOpenApi.components.schemas as Record<string, Record<string, unknown>>;
    expect([
      ajv.validate(CometUsage ?? {}, cometUsageExample),
      ajv.validate(CometError ?? {}, cometErrorSchema.parse({ message: 'm' })),
    ]).toEqual([true, true]);
  });

  it('has all three routes, each with an id of its own', () => {
    const operations = Object.values(cometOpenApi.paths) as { get: { operationId: string } }[];
    expect(Object.keys(cometOpenApi.paths)).toEqual([...COMET_USAGE_PATHS]);
    expect(new Set(operations.map(({ get }) => get.operationId)).size).toBe(3);
  });
});
