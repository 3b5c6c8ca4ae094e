import { describe, expect, it } from '@jest/globals';
import { DomainError, type Scope } from '@tallymark/domain';
import { checkGrants } from './grants.js';

function refusalOf(scopes: Scope[], isForCustomer: boolean, grantable: Scope[] | 'all'): string | null {
  try {
    checkGrants({ scopes, isForCustomer }, grantable === 'all' ? 'all' : new Set(grantable));
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return `${error.code} ${error.details.map((detail) => detail.pointer).join(' ')}`;
  }
}

describe('checkGrants', () => {
  it.each<{ case: string; scopes: Scope[]; isForCustomer: boolean; grantable: Scope[] | 'all'; refusal: string | null }>([
    { case: 'the operator gives all', scopes: ['keys:admin', 'catalogue:write'], isForCustomer: false, grantable: 'all', refusal: null },
    {
      case: 'a key gives what it has',
      scopes: ['usage:read'],
      isForCustomer: false,
      grantable: ['keys:admin', 'usage:read'],
      refusal: null,
    },
    {
      case: 'a key gives nothing that it lacks',
      scopes: ['usage:read', 'events:write'],
      isForCustomer: false,
      grantable: ['keys:admin', 'usage:read'],
      refusal: 'forbidden /scopes/1',
    },
    {
      case: 'a customer may read its usage',
      scopes: ['projects:usage.read', 'usage:read'],
      isForCustomer: true,
      grantable: 'all',
      refusal: null,
    },
    {
      case: 'a customer writes no bill of its own',
      scopes: ['events:write'],
      isForCustomer: true,
      grantable: 'all',
      refusal: 'unprocessable /scopes/0',
    },
    {
      case: 'a customer has no catalogue',
      scopes: ['catalogue:read', 'usage:read'],
      isForCustomer: true,
      grantable: 'all',
      refusal: 'unprocessable /scopes/0',
    },
    { case: 'a customer makes no keys', scopes: ['keys:admin'], isForCustomer: true, grantable: 'all', refusal: 'unprocessable /scopes/0' },
    {
      case: 'a customer sees no analytics of all',
      scopes: ['analytic:read'],
      isForCustomer: true,
      grantable: 'all',
      refusal: 'unprocessable /scopes/0',
    },
  ])('$case', ({ scopes, isForCustomer, grantable, refusal }) => {
    expect(refusalOf(scopes, isForCustomer, grantable)).toBe(refusal);
  });
});
