import { decimal } from '@tallymark/domain';
import type { DataSource } from '@tallymark/persistence';
import { serializeStatementAmounts } from '@tallymark/rating';

/** Writes a statement as billing-calc does: `used` of 1000 included calls, the rest at 0.005. */
export async function addStatement(
  owner: DataSource,
  subscriptionId: string,
  period: { readonly from: string; readonly to: string },
  used: string,
): Promise<void> {
  const overage = decimal(used).minus(decimal('1000'));
  const amount = overage.times(decimal('0.005'));
  const amounts = serializeStatementAmounts({
    currency: 'USD',
    base: decimal('99'),
    overageAmount: amount,
    commitmentTrueUp: decimal('0'),
    adjustmentAmount: decimal('0'),
    total: amount.plus(decimal('99')),
    lines: [
      {
        metric: 'api_calls',
        name: 'API calls',
        meterCode: 'api_calls',
        unit: 'calls',
        included: decimal('1000'),
        used: decimal(used),
        overage,
        percentage: decimal(used).div(decimal('10')),
        amount,
        details: [
          { description: 'calls', quantity: overage, unitAmount: decimal('0.005'), flatAmount: decimal('0'), amount, dimensions: {} },
        ],
      },
    ],
    adjustments: [],
  });
  await owner.query(
    `INSERT INTO statement (id, subscription_id, period_from, period_to, organization_id, customer_id, plan_version_id, billing_period_from, billing_period_to, status, currency, total, amounts, projections, as_of, revision)
     SELECT gen_random_uuid(), id, $2, $3, organization_id, customer_id, plan_version_id, $2, $3, 'open', 'USD', $4, $5, $6, '2026-11-21T11:59:59Z', 3 FROM subscription WHERE id = $1`,
    [subscriptionId, period.from, period.to, amounts.total, JSON.stringify(amounts), JSON.stringify({ api_calls: '4500.5' })],
  );
}
