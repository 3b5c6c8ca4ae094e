import type { Statement } from './api/answers.js';

/** The latest statement of each subscription; those whose period runs now first. @param statements newest period first */
export function latestBySubscription(statements: readonly Statement[], now: Date): Statement[] {
  const latest = new Map<string, Statement>();
  for (const statement of statements) {
    const known = latest.get(statement.subscription_id);
    if (known === undefined || statement.period.from > known.period.from) latest.set(statement.subscription_id, statement);
  }
  const isRunning = ({ period }: Statement): boolean => period.from <= now && now < period.to;
  return [...latest.values()].sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)));
}
