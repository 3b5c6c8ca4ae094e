import { DataSource } from 'typeorm';
import { CreateCatalogue1795100000000 } from './migrations/1795100000000-create-catalogue.js';
import { CreateEventLog1795100000100 } from './migrations/1795100000100-create-event-log.js';
import { CreateUsage1795100000200 } from './migrations/1795100000200-create-usage.js';
import { SecureRows1795100000300 } from './migrations/1795100000300-secure-rows.js';
import { ExtendMeters1795200000000 } from './migrations/1795200000000-extend-meters.js';
import { ClaimIdentities1795200000100 } from './migrations/1795200000100-claim-identities.js';
import { ExtendPlans1795200000200 } from './migrations/1795200000200-extend-plans.js';
import { AddSubscriptionPhases1795200000300 } from './migrations/1795200000300-add-subscription-phases.js';
import { CloseStatements1795200000400 } from './migrations/1795200000400-close-statements.js';
import { CorrectEvents1795200000500 } from './migrations/1795200000500-correct-events.js';
import { ReorderUsageKeys1795300001000 } from './migrations/1795300001000-reorder-usage-keys.js';
import { VersionCatalogue1795300002000 } from './migrations/1795300002000-version-catalogue.js';
import { FingerprintIdentities1795400001000 } from './migrations/1795400001000-fingerprint-identities.js';
import { NameOrganizationOnce1795400003000 } from './migrations/1795400003000-name-organization-once.js';
import { VersionUsage1795500001000 } from './migrations/1795500001000-version-usage.js';
import { VersionCredentials1795500002000 } from './migrations/1795500002000-version-credentials.js';
import { TellLogState1795500003000 } from './migrations/1795500003000-tell-log-state.js';
import { VersionTruncatedCatalogue1795500005000 } from './migrations/1795500005000-version-truncated-catalogue.js';
import { ApiKeyRow } from './rows/api-key-row.js';
import { CatalogueVersionRow } from './rows/catalogue-version-row.js';
import { CloseCutoffRow } from './rows/close-cutoff-row.js';
import { CorrectionEventRow } from './rows/correction-event-row.js';
import { CorrectionRow } from './rows/correction-row.js';
import { CustomerRow } from './rows/customer-row.js';
import { CustomerSubjectRow } from './rows/customer-subject-row.js';
import { EventIdentityRow } from './rows/event-identity-row.js';
import { EventRefusalRow } from './rows/event-refusal-row.js';
import { EventRow } from './rows/event-row.js';
import { IngestCommitRow } from './rows/ingest-commit-row.js';
import { JobRunRow } from './rows/job-run-row.js';
import { LateCommitRow } from './rows/late-commit-row.js';
import { MeterCatchUpRow } from './rows/meter-catch-up-row.js';
import { MeterRow } from './rows/meter-row.js';
import { OrganizationRow } from './rows/organization-row.js';
import { PlanRow } from './rows/plan-row.js';
import { PlanVersionRow } from './rows/plan-version-row.js';
import { StatementQueueRow } from './rows/statement-queue-row.js';
import { StatementRecountRow } from './rows/statement-recount-row.js';
import { StatementRow } from './rows/statement-row.js';
import { StatementVersionRow } from './rows/statement-version-row.js';
import { SubscriptionPhaseRow } from './rows/subscription-phase-row.js';
import { SubscriptionRow } from './rows/subscription-row.js';
import { UsageBucketRow } from './rows/usage-bucket-row.js';
import { UsageChangeRow } from './rows/usage-change-row.js';
import { UsageUniqueRow } from './rows/usage-unique-row.js';
import { UsageVersionRow } from './rows/usage-version-row.js';

/** All migrations, oldest first. Listed by hand: a glob would run whatever lies in the folder. */
export const MIGRATIONS = [
  CreateCatalogue1795100000000,
  CreateEventLog1795100000100,
  CreateUsage1795100000200,
  SecureRows1795100000300,
  ExtendMeters1795200000000,
  ClaimIdentities1795200000100,
  ExtendPlans1795200000200,
  AddSubscriptionPhases1795200000300,
  CloseStatements1795200000400,
  CorrectEvents1795200000500,
  ReorderUsageKeys1795300001000,
  VersionCatalogue1795300002000,
  FingerprintIdentities1795400001000,
  NameOrganizationOnce1795400003000,
  VersionUsage1795500001000,
  VersionCredentials1795500002000,
  TellLogState1795500003000,
  VersionTruncatedCatalogue1795500005000,
];

export const ROW_CLASSES = [
  OrganizationRow,
  CustomerRow,
  CustomerSubjectRow,
  ApiKeyRow,
  MeterRow,
  MeterCatchUpRow,
  PlanRow,
  PlanVersionRow,
  SubscriptionRow,
  SubscriptionPhaseRow,
  CatalogueVersionRow,
  EventRow,
  EventIdentityRow,
  CorrectionRow,
  CorrectionEventRow,
  IngestCommitRow,
  EventRefusalRow,
  UsageBucketRow,
  UsageUniqueRow,
  UsageVersionRow,
  UsageChangeRow,
  StatementRow,
  StatementVersionRow,
  StatementRecountRow,
  CloseCutoffRow,
  LateCommitRow,
  StatementQueueRow,
  JobRunRow,
];

export interface DataSourceOptions {
  /** `postgres://user:password@host:port/database` of the role that the caller acts as. */
  readonly url: string;
  /** Most connections at once. */
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Longest a statement may run, in milliseconds; 0 for no limit. */
  readonly statementTimeoutMs: number;
}

/** For how long a connection that nobody uses is kept. */
const IDLE_CONNECTION_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

/** A TypeORM data source over our rows and migrations. It is not connected yet. */
export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    poolSize: options.poolSize,
    entities: ROW_CLASSES,
    migrations: MIGRATIONS,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    connectTimeoutMS: 5_000,
    extra: {
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      // A connection that has just been opened answers its first read ten times slower than one that has its plans. Asked for a sign of life
      // every so often, one that is kept is not forgotten by the network between, and one whose server has vanished is not used again.
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      // Times are compared as UTC instants; a session in another zone would move month partitions' bounds in text.
      options: '-c TimeZone=UTC',
    },
  });
}
