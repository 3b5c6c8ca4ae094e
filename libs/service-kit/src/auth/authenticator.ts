import { hash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DomainError } from '@tallymark/domain';
import { type Clock, CLOCK, SERVICE_OPTIONS, type ServiceOptions } from '../service-options.js';
import { hashApiKey, isApiKey } from './api-key.js';
import { CredentialCache } from './credential-cache.js';
import { CredentialSource, type StoredCredential } from './credential-source.js';
import { verifyCustomerToken } from './customer-token.js';
import type { Presented } from './presented.js';
import { OPERATOR_ORGANIZATION_ID, type Principal } from './principal.js';

const CUSTOMER_SCOPES: Principal['scopes'] = new Set(['usage:read'] as const);
const NO_SCOPES: Principal['scopes'] = new Set();

/** Finds out on whose behalf a presented credential acts. */
@Injectable()
export class Authenticator {
  private cache: CredentialCache | undefined;
  /** Of remembered credentials, so that requests of one key share one. */
  private readonly principals = new WeakMap<StoredCredential, Principal>();

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

  /**
   * On whose behalf an API key acts, when that can be told at once because the key is remembered and good; undefined whenever there is
   * something to look up or to refuse: then {@link authenticate} decides. The two agree, to the instant of expiry and of revocation.
   */
  recall(presented: Presented): Principal | undefined {
    const now = this.clock();
    // What is remembered by its hash has had its form checked when it was looked up.
    const credential = this.credentials().recall(hash('sha256', presented.secret, 'base64'), now);
    return credential !== undefined && isGoodFor(credential, presented, now) ? this.principalOf(credential) : undefined;
  }

  /** @throws DomainError `unauthenticated` when the token is not the operator's, or the service has no operator. */
  authenticateOperator(presented: Presented): Principal {
    const expected = this.options.config.OPERATOR_TOKEN;
    if (expected === undefined || presented.scheme !== 'bearer' || !isEqualInConstantTime(presented.secret, expected)) throw refusal();
    return { organizationId: OPERATOR_ORGANIZATION_ID, customerId: null, scopes: NO_SCOPES, credentialId: 'operator', kind: 'operator' };
  }

  private async fromApiKey(presented: Presented): Promise<Principal | undefined> {
    if (!isApiKey(presented.secret)) return undefined;
    const now = this.clock();
    const credential = await this.credentials().find(hashApiKey(presented.secret), now);
    return credential !== null && isGoodFor(credential, presented, now) ? this.principalOf(credential) : undefined;
  }

  private principalOf(credential: StoredCredential): Principal {
    let principal = this.principals.get(credential);
    if (principal === undefined) {
      const { id, organizationId, customerId, scopes } = credential;
      principal = { organizationId, customerId, scopes: new Set(scopes), credentialId: id, kind: 'api_key' };
      this.principals.set(credential, principal);
    }
    return principal;
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

/** Whether a credential holds, and, of HTTP Basic, which has a user as well, whether it bears that name. */
function isGoodFor({ revokedAt, expiresAt, name }: StoredCredential, { scheme, user }: Presented, now: Date): boolean {
  if (revokedAt !== null || (expiresAt !== null && expiresAt <= now)) return false;
  return scheme !== 'basic' || isEqualInConstantTime(user ?? '', name);
}

function refusal(): DomainError {
  return new DomainError('unauthenticated', 'the credential is unknown, expired or revoked');
}

function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Compares digests of equal length, so that neither the contents nor the lengths show in the time taken. */
function isEqualInConstantTime(received: string, expected: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(received), digest(expected));
}
