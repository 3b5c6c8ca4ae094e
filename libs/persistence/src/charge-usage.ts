import { Window } from '@tallymark/date-window';
import {
  type Aggregation,
  type Charge,
  type Decimal,
  type PlanVersion,
  ZERO,
  maxDecimal,
  minDecimal,
  roundAggregate,
  sumDecimals,
} from '@tallymark/domain';
import {
  type ChargeUsage,
  type TransactionUsage,
  type UsagePart,
  priceOf,
  requiredDimensions,
  requiredTransactions,
  requiresDynamicAmount,
} from '@tallymark/rating';
import type { EntityManager } from 'typeorm';
import type { MeterRow } from './rows/meter-row.js';
import { type Transaction, type TransactionRequest, readTransactions } from './transactions.js';
import { type UsageAnswer, type UsageRequest, readUsage } from './usage-reader.js';
import type { UsageSource } from './usage-source.js';

/** Whose usage is read, of which meters, and for which prices. */
export interface ChargedUsageRequest {
  readonly organizationId: string;
  readonly subjects: readonly string[];
  /** By code; a charge whose meter is not here was not used. */
  readonly meters: ReadonlyMap<string, MeterRow>;
  readonly planVersion: Pick<PlanVersion, 'charges'>;
  readonly window: Window;
  readonly whole?: Window | undefined;
  readonly gauges: 'latest' | 'peak';
}

/** One charge of one request, and what is asked of its meter. */
interface Question {
  readonly request: ChargedUsageRequest;
  readonly charge: Charge;
  readonly meter: MeterRow;
  readonly usage: UsageRequest[];
}

/**
 * Reads what each charge of each request has to know before it can be priced: its usage in parts where it prices by filter or group, the amounts of single
 * transactions, the amounts that events bear. In one query for all usage, and in one more for transactions where any charge looks at them.
 *
 * @returns for each request the usage by the charge's metric, as `rateStatement` takes it.
 */
export async function readChargeUsage(
  manager: EntityManager,
  requests: readonly ChargedUsageRequest[],
  source: UsageSource = 'buckets',
): Promise<Map<string, ChargeUsage>[]> {
  const questions = requests.map(questionsOf);
  const asked = questions.flat();
  const answers = await readUsage(
    manager,
    asked.flatMap((question) => question.usage),
    source,
  );
  const byTransaction = asked.filter(({ charge }) => requiredTransactions(charge) === 'amounts');
  const transactions = await readTransactions(manager, byTransaction.map(transactionQuestion), source);
  const transactionsOf = new Map(byTransaction.map((question, index) => [question, transactions[index]!]));
  let next = 0;
  return questions.map(
    (ofRequest) =>
      new Map(
        ofRequest.map((question) => {
          const own = answers.slice(next, (next += question.usage.length)).flat();
          return [question.charge.metric, toChargeUsage(question, own, transactionsOf.get(question))];
        }),
      ),
  );
}

function questionsOf(request: ChargedUsageRequest): Question[] {
  return request.planVersion.charges.flatMap((charge) => {
    const meter = request.meters.get(charge.meterCode);
    return meter === undefined ? [] : [{ request, charge, meter, usage: usageQuestions(request, charge, meter) }];
  });
}

/** Usually one question per charge; a gauge's peak asks what stood when the window began and what was the highest in it. */
function usageQuestions(
  { organizationId, subjects, window, whole, gauges }: ChargedUsageRequest,
  charge: Charge,
  meter: MeterRow,
): UsageRequest[] {
  const ask = (changes: Partial<UsageRequest['meter']>, within: Window): UsageRequest => ({
    organizationId,
    // What is added up or compared afterwards is rounded afterwards.
    meter: { ...meter, ...changes, rounding: null },
    subjects,
    window: within,
    groupBy: requiredDimensions(charge),
    ...(whole === undefined ? {} : { whole }),
  });
  if (meter.aggregation !== 'latest' || gauges === 'latest') return [ask({}, window)];
  const highest = ask({ aggregation: 'max', recurring: false }, window);
  return meter.recurring ? [highest, ask({}, Window.of(new Date(window.from.getTime() - 1), window.from))] : [highest];
}

function transactionQuestion({ request, charge, meter }: Question): TransactionRequest {
  const { organizationId, subjects, window } = request;
  return { organizationId, meter, subjects, window, groupBy: requiredDimensions(charge) };
}

/** @param transactions given where the charge looks at single ones. */
function toChargeUsage(question: Question, answers: readonly UsageAnswer[], transactions: readonly Transaction[] | undefined): ChargeUsage {
  const { charge } = question;
  const byPrice = groupByPrice(charge, answers, (answer) => answer.group);
  const transactionsByPrice = groupByPrice(charge, transactions ?? [], (transaction) => transaction.dimensions);
  const keys = [...new Set([...byPrice.keys(), ...transactionsByPrice.keys()])];
  const parts = keys.map((key) => {
    const part = toPart(question, byPrice.get(key) ?? []);
    return transactions === undefined ? part : withTransactions(part, transactionsByPrice.get(key) ?? []);
  });
  return requiredDimensions(charge).length === 0 ? (parts[0] ?? { units: ZERO }) : { parts };
}

function groupByPrice<T>(charge: Charge, list: readonly T[], dimensionsOf: (one: T) => UsagePart['dimensions']): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const { key } = priceOf(charge, dimensionsOf(one));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** The sum is of the transactions themselves: events may have been folded since the usage was read. */
function withTransactions(part: UsagePart, transactions: readonly Transaction[]): UsagePart {
  const amounts = transactions.map(({ value }) => value);
  return { ...part, dimensions: transactions[0]?.dimensions ?? part.dimensions, units: sumDecimals(amounts), transactions: { amounts } };
}

/** What one price is asked for. Its answers agree in what the price depends on, so that the first may speak for all. */
function toPart({ charge, meter }: Question, answers: readonly UsageAnswer[]): UsagePart {
  const values = answers.flatMap(({ value }) => (value === null ? [] : [value]));
  const transactions: TransactionUsage = { count: sumOf(answers, ({ eventCount }) => eventCount) };
  return {
    dimensions: answers[0]?.group ?? {},
    units: roundAggregate(combine(meter.aggregation, values), meter.rounding),
    ...(requiredTransactions(charge) === 'count' ? { transactions } : {}),
    ...(requiresDynamicAmount(charge) ? { dynamicAmount: sumOf(answers, ({ amount }) => amount ?? ZERO) } : {}),
  };
}

/** The value of several parts of a meter's usage. A plan divides unique counts, averages and gauges only so that each price has one part, a gauge's peak apart. */
function combine(aggregation: Aggregation, values: readonly Decimal[]): Decimal {
  const [first, ...rest] = values;
  if (first === undefined) return ZERO;
  switch (aggregation) {
    case 'count':
    case 'sum':
    case 'time_weighted_sum':
    case 'unique_count':
      return rest.reduce((sum, value) => sum.plus(value), first);
    case 'min':
      return rest.reduce(minDecimal, first);
    case 'max':
    case 'latest':
    case 'avg':
      return rest.reduce(maxDecimal, first);
  }
}

function sumOf(answers: readonly UsageAnswer[], of: (answer: UsageAnswer) => Decimal): Decimal {
  return sumDecimals(answers.map(of));
}
