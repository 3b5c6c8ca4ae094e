import { ZERO, sumDecimals } from '@tallymark/domain';
import type { Statement, StatementLine } from '../api/answers.js';
import type { Formats } from '../figures/formats.js';

/** Base and overage of each metric, why each is what it is, and their sum. */
export function CostPanel({ statement, formats }: { statement: Statement; formats: Formats }) {
  const { adjustments = [], commitment_true_up: trueUp = ZERO } = statement;
  return (
    <section className="panel cost" aria-labelledby="cost-title">
      <h2 id="cost-title">Cost so far</h2>
      <p className="cost-total">
        <data value={statement.total.toFixed()} data-testid="total">
          {formats.money(statement.total)}
        </data>
        <span className="muted">{statement.currency}, estimated</span>
      </p>
      <ul className="cost-lines">
        <li>
          <CostHead name={`${statement.plan_code}, base`} amount={formats.money(statement.base)} />
          <p className="explanation">Once per period, whatever is used</p>
        </li>
        {statement.lines.map((line) => (
          <li key={line.metric} data-testid={`cost-${line.metric}`}>
            <CostHead name={line.name} amount={formats.money(line.amount)} isNothing={line.amount.eq(ZERO)} />
            <Explanation line={line} formats={formats} />
          </li>
        ))}
        {adjustments.map((adjustment, index) => (
          <li key={index} data-testid="adjustment">
            <CostHead name={`${adjustment.name}, earlier period`} amount={formats.money(adjustment.amount)} />
            <p className="explanation">
              {adjustment.units.eq(ZERO)
                ? `Of the period from ${formats.day(adjustment.period.from)}`
                : `${formats.exact(adjustment.units)} in the period from ${formats.day(adjustment.period.from)}, known since it closed`}
            </p>
          </li>
        ))}
      </ul>
      <dl className="cost-sum">
        <dt>Base</dt>
        <dd>{formats.money(statement.base)}</dd>
        <dt>Overage</dt>
        <dd>{formats.money(statement.overage_amount)}</dd>
        {trueUp.eq(ZERO) ? null : (
          <>
            <dt>Minimum commitment</dt>
            <dd>{formats.money(trueUp)}</dd>
          </>
        )}
        {adjustments.length === 0 ? null : (
          <>
            <dt>Earlier periods</dt>
            <dd>{formats.money(sumDecimals(adjustments.map((adjustment) => adjustment.amount)))}</dd>
          </>
        )}
        <dt className="is-total">Total</dt>
        <dd className="is-total">{formats.money(statement.total)}</dd>
      </dl>
      <p className="fine-print">
        {statement.status === 'closed' ? 'This statement is closed.' : 'Follows usage until the period closes.'} Taxes and credits are not
        part of it.
      </p>
    </section>
  );
}

function CostHead({ name, amount, isNothing = false }: { name: string; amount: string; isNothing?: boolean }) {
  return (
    <p className={isNothing ? 'cost-head is-nothing' : 'cost-head'}>
      <span>{name}</span>
      <span className="amount">{amount}</span>
    </p>
  );
}

function Explanation({ line, formats }: { line: StatementLine; formats: Formats }) {
  if (line.details.length === 0) return <p className="explanation">{explainNothing(line, formats)}</p>;
  const exact = sumDecimals(line.details.map((detail) => detail.amount));
  return (
    <>
      {line.details.map((detail, index) => (
        <p key={index} className="explanation">
          <span>{detail.description}</span>
          <span className="sum">{spellOut(detail, formats)}</span>
        </p>
      ))}
      {exact.eq(line.amount) ? null : (
        <p className="explanation">
          <span>rounded half up</span>
          <span className="sum">
            {formats.price(exact)} → {formats.money(line.amount)}
          </span>
        </p>
      )}
    </>
  );
}

function explainNothing(line: StatementLine, formats: Formats): string {
  if (line.used.eq(ZERO)) return 'Nothing used';
  return line.overage.eq(ZERO) ? `Within the ${formats.quantity(line.included)} ${line.unit} included` : 'Free of charge';
}

/** `1,123 × $0.002 + $5 = $7.246`, without the parts that are zero. */
function spellOut(detail: StatementLine['details'][number], formats: Formats): string {
  const product = detail.unit_amount.eq(ZERO) ? null : `${formats.exact(detail.quantity)} × ${formats.price(detail.unit_amount)}`;
  const flat = detail.flat_amount.eq(ZERO) ? null : formats.price(detail.flat_amount);
  const parts = [product, flat].filter((part) => part !== null);
  if (parts.length === 0) return `${formats.exact(detail.quantity)} free`;
  return product === null ? parts.join('') : `${parts.join(' + ')} = ${formats.price(detail.amount)}`;
}
