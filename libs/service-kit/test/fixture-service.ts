import { Body, Controller, Get, Headers, Logger, Module, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DomainError } from '@tallymark/domain';
import { type ContractErrors } from '@tallymark/provider-contracts';
import { z } from 'zod';
import { ApiProblems } from '../src/api-problems.js';
import { AllowSchemes, CurrentPrincipal, Operator, Public, Requires } from '../src/auth/access.js';
import { mintApiKey } from '../src/auth/api-key.js';
import { CredentialSource, type StoredCredential } from '../src/auth/credential-source.js';
import type { Principal } from '../src/auth/principal.js';
import { createService } from '../src/create-service.js';
import { Etagged, checkIfMatch, etagOf } from '../src/http/etag.js';
import { paginationQuery } from '../src/http/pagination.js';
import type { ServiceOptions } from '../src/service-options.js';

export const NOW = new Date('2026-11-21T12:00:00.000Z');
export const TOKEN_SECRET = 'a-secret-of-more-than-32-characters!';
export const OPERATOR_TOKEN = 'an-operator-token-of-more-than-32-chars';
export const ORGANIZATION_ID = '11111111-1111-4111-8111-111111111111';

/** Keys by the hex of their hash. Counts look-ups. */
export class MemoryCredentials extends CredentialSource {
  lookups = 0;
  readonly byHash = new Map<string, StoredCredential>();

  override async findByHash(hash: Buffer): Promise<StoredCredential | null> {
    this.lookups++;
    return this.byHash.get(hash.toString('hex')) ?? null;
  }

  /** Stores a new key and returns it. */
  issue(overrides: Partial<StoredCredential> = {}): string {
    const { key } = this.issueStored(overrides);
    return key;
  }

  issueStored(overrides: Partial<StoredCredential> = {}): { key: string; hash: string } {
    const { key, hash } = mintApiKey();
    const stored = {
      id: `key-${this.byHash.size + 1}`,
      organizationId: ORGANIZATION_ID,
      customerId: null,
      name: 'console@acme.test',
      scopes: ['catalogue:read'],
      expiresAt: null,
      revokedAt: null,
      customerVersion: null,
    } as const;
    this.byHash.set(hash.toString('hex'), { ...stored, ...overrides });
    return { key, hash: hash.toString('hex') };
  }
}

const thingSchema = z.object({
  name: z.string().min(1).max(20),
  size: z.int().positive().optional(),
  parts: z.array(z.strictObject({ code: z.string() })).default([]),
});
const viewSchema = z.object({ name: z.string() }).meta({ id: 'ThingView' });
const listSchema = z.object({ ...paginationQuery.shape, status: z.enum(['open', 'closed']).optional() });

/** What a slow request waits for. */
export const gate = { entered: (): void => undefined, opened: Promise.resolve() };

@ApiTags('things')
@Controller('platform/v1/things')
class ThingsController {
  @Get()
  @Requires('catalogue:read')
  @ApiOkResponse({ standardSchema: z.object({ data: z.array(viewSchema), next_cursor: z.string().nullable() }) })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden')
  list(@Query({ schema: listSchema }) query: z.infer<typeof listSchema>): unknown {
    return { data: [], next_cursor: null, query };
  }

  @Get('whoami')
  @Requires()
  @AllowSchemes('bearer', 'x-api-key', 'basic')
  whoami(@CurrentPrincipal() principal: Principal): unknown {
    return { ...principal, scopes: [...principal.scopes] };
  }

  @Get('admin')
  @Requires('keys:admin')
  admin(): unknown {
    return {};
  }

  @Get('tagged')
  @Public()
  @Etagged()
  tagged(): unknown {
    return { name: 'stays' };
  }

  @Get('view')
  @Public()
  @SerializeOptions({ schema: viewSchema })
  @ApiOkResponse({ standardSchema: viewSchema })
  view(): unknown {
    return { name: 'shown', secret: 'hidden' };
  }

  @Get('failures/:kind')
  @Public()
  fail(@Param('kind') kind: string): never {
    throw FAILURES[kind] ?? new DomainError('not_found', `no failure ${kind}`);
  }

  @Get('slow')
  @Public()
  async slow(): Promise<unknown> {
    new Logger('Slow').log('waiting');
    gate.entered();
    await gate.opened;
    return { done: true };
  }

  @Post()
  @Public()
  @ApiCreatedResponse({ standardSchema: viewSchema })
  create(@Body({ schema: thingSchema }) body: z.infer<typeof thingSchema>): unknown {
    return body;
  }

  @Post('change')
  @Public()
  change(@Headers('if-match') ifMatch: string | undefined): unknown {
    checkIfMatch(ifMatch, etagOf({ name: 'stays' }));
    return {};
  }

  @Post('organizations')
  @Operator()
  createOrganization(@CurrentPrincipal() principal: Principal): unknown {
    return { kind: principal.kind, organizationId: principal.organizationId };
  }
}

@Controller('metrics/usage')
class AccountsController {
  @Get('reports/:report.json')
  @Public()
  report(@Param('report') report: string): unknown {
    return { report };
  }

  @Get('accounts/:account')
  @Requires('usage:read')
  @AllowSchemes('basic')
  usage(@Param('account') account: string): unknown {
    return { account };
  }
}

const FAILURES: Readonly<Record<string, Error>> = {
  unknown: new Error('SELECT secret FROM pantry'),
  refused: Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
  shutdown: Object.assign(new Error('query failed'), {
    driverError: Object.assign(new Error('terminating connection'), { code: '57P01' }),
  }),
  limited: new DomainError('rate_limited', '3 requests in a second; expected at most 2', { retryAfterSeconds: 1.2 }),
  leaky: new Error('refused tm_live_00000000000000000000000000000000_abcdef'),
};

/** Speaks `{"error":{"message","sent"}}`. */
export const accountErrors: ContractErrors = {
  matches: (path) => path.startsWith('/metrics/usage/'),
  render: ({ status, message, now }) => ({
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: { error: { message, sent: now.toISOString() } },
  }),
};

/** A service of two small controllers, its keys and its log lines. */
export interface Fixture {
  readonly app: NestFastifyApplication;
  readonly credentials: MemoryCredentials;
  readonly lines: string[];
  /** Moves the service's clock. */
  setNow(now: Date): void;
}

export async function createFixture(overrides: Partial<ServiceOptions> = {}): Promise<Fixture> {
  const credentials = new MemoryCredentials();
  const lines: string[] = [];
  let now = NOW;

  @Module({ controllers: [ThingsController, AccountsController], providers: [{ provide: CredentialSource, useValue: credentials }] })
  class FixtureModule {}

  const app = await createService({
    name: 'fixture',
    version: '1.2.3',
    module: FixtureModule,
    config: {
      HOST: '127.0.0.1',
      PORT: 0,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      DATABASE_POOL_SIZE: 1,
      LOG_LEVEL: 'info',
      TRUST_PROXY: ['loopback'],
      SHUTDOWN_GRACE_MS: 1_000,
      TOKEN_SECRET,
      OPERATOR_TOKEN,
    },
    readiness: [],
    openApi: { title: 'Fixture', description: 'For tests' },
    contractErrors: [accountErrors],
    clock: () => now,
    logDestination: { write: (line) => void lines.push(line) },
    ...overrides,
  });
  return { app, credentials, lines, setNow: (instant) => void (now = instant) };
}
