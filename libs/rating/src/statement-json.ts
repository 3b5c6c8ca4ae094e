import {
  type Decimal,
  DomainError,
  type PriceDetail,
  type StatementAdjustment,
  type StatementAmounts,
  type StatementLine,
  ZERO,
  decimal,
  formatDecimal,
  isDecimal,
  sumDecimals,
} from '@tallymark/domain';

/** A value as JSON holds it: every decimal as plain text, without exponent. */
type Plain<Value> = { readonly [Member in keyof Value]: Value[Member] extends Decimal ? string : Value[Member] };

/** {@link StatementLine} as JSON. */
export type StatementLineJson = Plain<Omit<StatementLine, 'details'>> & { readonly details: readonly Plain<PriceDetail>[] };

/** {@link StatementAmounts} as JSON, the form in which statements are stored. */
export type StatementAmountsJson = Plain<Omit<StatementAmounts, 'lines' | 'adjustments'>> & {
  readonly lines: readonly StatementLineJson[];
  readonly adjustments: readonly StatementAdjustmentJson[];
};

/** {@link StatementAdjustment} as JSON. */
export type StatementAdjustmentJson = Plain<StatementAdjustment>;

/** A statement as plain JSON values. @throws DomainError `internal` when it does not add up: better no statement than a wrong one. */
export function serializeStatementAmounts(amounts: StatementAmounts): StatementAmountsJson {
  assertAddsUp(amounts);
  return {
    currency: amounts.currency,
    base: formatDecimal(amounts.base),
    overageAmount: formatDecimal(amounts.overageAmount),
    commitmentTrueUp: formatDecimal(amounts.commitmentTrueUp),
    adjustmentAmount: formatDecimal(amounts.adjustmentAmount),
    total: formatDecimal(amounts.total),
    lines: amounts.lines.map(serializeLine),
    adjustments: amounts.adjustments.map((adjustment) => ({
      periodFrom: adjustment.periodFrom,
      periodTo: adjustment.periodTo,
      metric: adjustment.metric,
      name: adjustment.name,
      units: formatDecimal(adjustment.units),
      amount: formatDecimal(adjustment.amount),
    })),
  };
}

/**
 * Reads a statement back from JSON, exactly as it was serialized. One stored before there were commitments, adjustments and dimensions has none.
 *
 * @throws DomainError `internal` that names the member, when the JSON is no statement or its amounts do not add up: a stored statement was damaged.
 */
export function parseStatementAmounts(json: unknown): StatementAmounts {
  const members = readObject(json, '');
  const amounts: StatementAmounts = {
    currency: readText(members, 'currency', ''),
    base: readDecimal(members, 'base', ''),
    overageAmount: readDecimal(members, 'overageAmount', ''),
    commitmentTrueUp: members.commitmentTrueUp === undefined ? ZERO : readDecimal(members, 'commitmentTrueUp', ''),
    adjustmentAmount: members.adjustmentAmount === undefined ? ZERO : readDecimal(members, 'adjustmentAmount', ''),
    total: readDecimal(members, 'total', ''),
    lines: readList(members, 'lines', '').map((line, index) => parseLine(line, `/lines/${index}`)),
    adjustments:
      members.adjustments === undefined
        ? []
        : readList(members, 'adjustments', '').map((adjustment, index) => parseAdjustment(adjustment, `/adjustments/${index}`)),
  };
  assertAddsUp(amounts);
  return amounts;
}

function serializeLine(line: StatementLine): StatementLineJson {
  return {
    metric: line.metric,
    name: line.name,
    meterCode: line.meterCode,
    unit: line.unit,
    included: formatDecimal(line.included),
    used: formatDecimal(line.used),
    overage: formatDecimal(line.overage),
    percentage: formatDecimal(line.percentage),
    amount: formatDecimal(line.amount),
    details: line.details.map((detail) => ({
      description: detail.description,
      quantity: formatDecimal(detail.quantity),
      unitAmount: formatDecimal(detail.unitAmount),
      flatAmount: formatDecimal(detail.flatAmount),
      amount: formatDecimal(detail.amount),
      dimensions: detail.dimensions,
    })),
  };
}

function parseLine(json: unknown, at: string): StatementLine {
  const members = readObject(json, at);
  return {
    metric: readText(members, 'metric', at),
    name: readText(members, 'name', at),
    meterCode: readText(members, 'meterCode', at),
    unit: readText(members, 'unit', at),
    included: readDecimal(members, 'included', at),
    used: readDecimal(members, 'used', at),
    overage: readDecimal(members, 'overage', at),
    percentage: readDecimal(members, 'percentage', at),
    amount: readDecimal(members, 'amount', at),
    details: readList(members, 'details', at).map((detail, index) => parseDetail(detail, `${at}/details/${index}`)),
  };
}

function parseDetail(json: unknown, at: string): PriceDetail {
  const members = readObject(json, at);
  return {
    description: readText(members, 'description', at),
    quantity: readDecimal(members, 'quantity', at),
    unitAmount: readDecimal(members, 'unitAmount', at),
    flatAmount: readDecimal(members, 'flatAmount', at),
    amount: readDecimal(members, 'amount', at),
    dimensions: members.dimensions === undefined ? {} : readDimensions(members, at),
  };
}

function parseAdjustment(json: unknown, at: string): StatementAdjustment {
  const members = readObject(json, at);
  return {
    periodFrom: readText(members, 'periodFrom', at),
    periodTo: readText(members, 'periodTo', at),
    metric: members.metric === null ? null : readText(members, 'metric', at),
    name: readText(members, 'name', at),
    units: readDecimal(members, 'units', at),
    amount: readDecimal(members, 'amount', at),
  };
}

function readDimensions(members: Members, at: string): Record<string, string | null> {
  const values = readObject(members.dimensions, `${at}/dimensions`);
  return Object.fromEntries(
    Object.keys(values).map((name) => [name, values[name] === null ? null : readText(values, name, `${at}/dimensions`)]),
  );
}

type Members = Readonly<Record<string, unknown>>;

function readObject(json: unknown, at: string): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw damaged(at, json, 'an object');
  return json as Members;
}

function readList(members: Members, name: string, at: string): readonly unknown[] {
  const value = members[name];
  if (!Array.isArray(value)) throw damaged(`${at}/${name}`, value, 'a list');
  return value;
}

function readText(members: Members, name: string, at: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw damaged(`${at}/${name}`, value, 'text');
  return value;
}

function readDecimal(members: Members, name: string, at: string): Decimal {
  const text = readText(members, name, at);
  if (!isDecimal(text)) throw damaged(`${at}/${name}`, text, 'a decimal number');
  return decimal(text);
}

function damaged(pointer: string, received: unknown, expected: string): DomainError {
  return new DomainError(
    'internal',
    `stored statement, "${pointer}": received ${JSON.stringify(received) ?? 'nothing'}; expected ${expected}`,
  );
}

/** Checked when a statement is written and again when it is read. */
function assertAddsUp({ base, overageAmount, commitmentTrueUp, adjustmentAmount, total, lines, adjustments }: StatementAmounts): void {
  const lineSum = sumDecimals(lines.map((line) => line.amount));
  const adjustmentSum = sumDecimals(adjustments.map((adjustment) => adjustment.amount));
  const sum = sumDecimals([base, overageAmount, commitmentTrueUp, adjustmentAmount]);
  if (lineSum.eq(overageAmount) && adjustmentSum.eq(adjustmentAmount) && sum.eq(total)) return;
  const members = { base, lines: lineSum, overageAmount, commitmentTrueUp, adjustments: adjustmentSum, adjustmentAmount, total };
  const text = Object.entries(members).map(([name, amount]) => `${name} ${formatDecimal(amount)}`);
  throw new DomainError('internal', `statement does not add up: ${text.join(', ')}`);
}
