/** What a credential may do. A key lists its scopes; a customer token always has `usage:read` alone. */
export const SCOPES = {
  'events:write': 'send events',
  'events:read': 'list events and their verdicts',
  'usage:read': 'read usage, statements and projections',
  'catalogue:read': 'read meters, plans, customers and subscriptions',
  'catalogue:write': 'create and change them',
  'corrections:write': 'correct events, on the record: amend, void, backfill and revert',
  'keys:admin': 'create and revoke API keys',
  'projects:usage.read': 'read a project’s usage over the Crossmint contract',
  'analytic:read': 'read analytics over the Lago contract',
} as const satisfies Record<string, string>;
export type Scope = keyof typeof SCOPES;
