import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DomainError } from '@tallymark/domain';
import { type Clock, CLOCK, SERVICE_OPTIONS, type ServiceOptions } from '../service-options.js';
import { hashApiKey, isApiKey } from './api-key.js';
import { CredentialCache } from './credential-cache.js';
import { CredentialSource } from './credential-source.js';
import { verifyCustomerToken } from './customer-token.js';
import type { Presented } from './presented.js';
import { OPERATOR_ORGANIZATION_ID, type Principal } from './principal.js';

const CUSTOMER_SCOPES: Principal['scopes'] = new Set(['usage:read'] as const);
const NO_SCOPES: Principal['scopes'] = new Set();

/** Finds out on whose behalf a presented credential acts. */
@Injectable()
export class Authenticator {
  private cache: CredentialCache | undefined;

  constructor(
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @throws DomainError `unauthenticated`, with the same sentence whatever is wrong with the credential. */
  async authenticate(presented: Presented): Promise<Principal> {
    const principal =
      presented.scheme === 'bearer' && isJwt(presented.secret)
        ? await this.fromCustomerToken(presented.secret)
        : await this.fromApiKey(presented);
    if (principal === undefined) throw refusal();
    return principal;
  }

  /** @throws DomainError `unauthenticated` when the token is not the operator's, or the service has no operator. */
  authenticateOperator(presented: Presented): Principal {
    const expected = this.options.config.OPERATOR_TOKEN;
    if (expected === undefined || presented.scheme !== 'bearer' || !isEqualInConstantTime(presented.secret, expected)) throw refusal();
    return { organizationId: OPERATOR_ORGANIZATION_ID, customerId: null, scopes: NO_SCOPES, credentialId: 'operator', kind: 'operator' };
  }

  private async fromApiKey({ scheme, secret, user }: Presented): Promise<Principal | undefined> {
    if (!isApiKey(secret)) return undefined;
    const now = this.clock();
    const credential = await this.credentials().find(hashApiKey(secret), now);
    if (credential === null || credential.revokedAt !== null) return undefined;
    if (credential.expiresAt !== null && credential.expiresAt <= now) return undefined;
    if (scheme === 'basic' && !isEqualInConstantTime(user ?? '', credential.name)) return undefined;
    const { id, organizationId, customerId, scopes } = credential;
    return { organizationId, customerId, scopes: new Set(scopes), credentialId: id, kind: 'api_key' };
  }

  private async fromCustomerToken(token: string): Promise<Principal | undefined> {
    try {
      const { organizationId, customerId } = await verifyCustomerToken(this.options.config.TOKEN_SECRET, token, this.clock());
      return { organizationId, customerId, scopes: CUSTOMER_SCOPES, credentialId: `token:${customerId}`, kind: 'customer_token' };
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }

  /** Looked up at first use, in all modules: the application provides it where its repositories are. */
  private credentials(): CredentialCache {
    this.cache ??= new CredentialCache(this.moduleRef.get(CredentialSource, { strict: false }));
    return this.cache;
  }
}

function refusal(): DomainError {
  return new DomainError('unauthenticated', 'the credential is unknown, expired or revoked');
}

function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Compares digests of equal length, so that neither the contents nor the lengths show in the time taken. */
function isEqualInConstantTime(received: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(received), digest(expected));
}
