import { describe, expect, it } from '@jest/globals';
import { billingErrorSchema, billingUsageErrors, readBillingError } from './errors.js';

const NOW = new Date('2026-11-21T10:00:00Z');

describe('a billing usage error', () => {
  it.each([
    [400, 'BAD_REQUEST', 'said'],
    [401, 'UNAUTHORIZED', 'Authentication required'],
    [403, 'FORBIDDEN', 'said'],
    [404, 'NOT_FOUND', 'said'],
    [405, 'METHOD_NOT_ALLOWED', 'said'],
    [413, 'PAYLOAD_TOO_LARGE', 'said'],
    [415, 'BAD_REQUEST', 'said'],
    [429, 'RATE_LIMITED', 'said'],
    [500, 'INTERNAL_ERROR', 'Internal error'],
    [502, 'INTERNAL_ERROR', 'Internal error'],
    [503, 'SERVICE_UNAVAILABLE', 'said'],
  ])('with status %d is %s: %s', (status, code, message) => {
    const rendered = billingUsageErrors.render({ status, code: 'internal', message: 'said', details: [], now: NOW });
    expect([rendered.status, rendered.headers['content-type'], rendered.headers['www-authenticate']]).toEqual([
      status,
      'application/json; charset=utf-8',
      status === 401 ? 'Bearer' : undefined,
    ]);
    expect(JSON.stringify(rendered.body)).toBe(`{"success":false,"error":{"code":"${code}","message":"${message}"}}`);
    expect(billingErrorSchema.safeParse(rendered.body).success).toBe(true);
    expect(readBillingError(rendered.body)).toEqual({ code, message });
  });

  it('of another server may have a code of its own', () => {
    expect(readBillingError({ success: false, error: { code: 'TEAPOT', message: 'm' } }).code).toBe('TEAPOT');
    expect(() => readBillingError({ message: 'm' })).toThrow('not a billing usage error');
  });

  it.each([
    ['/api/billing/usage', true],
    ['/api/billing/invoices', true],
    ['/api/billing', true],
    ['/api/billings', false],
    ['/api/v1/events', false],
  ])('on %s: %s', (path, expected) => {
    expect(billingUsageErrors.matches(path)).toBe(expected);
  });
});
