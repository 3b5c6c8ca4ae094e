import { crossmintWindow, DateFormatError, parseYearMonth, WindowError } from '@tallymark/date-window';
import type { CrossmintMonth, CrossmintShape } from '@tallymark/date-window';
import { DomainError, type ErrorDetail } from '@tallymark/domain';
import { z } from 'zod';
import type { BuiltRequest, RawQuery } from '../raw-query.js';
import { CROSSMINT_DIMENSIONS, CROSSMINT_PATHS, type CrossmintDimension, type CrossmintUsageQuery } from './canonical.js';

/** How the server reads and shapes. Strict and `auto` unless told otherwise. */
export interface CrossmintOptions {
  readonly now: Date;
  /** `auto`: one object for one month, a list for several. */
  readonly usageShape?: CrossmintShape;
  /** Whether an absent `dimension` means `monthly_active_wallets`; the published schema calls it both required and defaulted. */
  readonly isDimensionOptional?: boolean;
}

/** Any UUID, or the literal that stands for the key's own project. */
const projectIdSchema = z.union([z.literal('default').transform(() => null), z.guid().transform((id) => id.toLowerCase())]);

/** All parameters, each at most once. They are read by their grammar afterwards. */
export const crossmintUsageRequestSchema = z.object({
  dimension: z.string().optional(),
  startDate: z.string().optional(),
  endDate: z.string().optional(),
});
type Texts = z.infer<typeof crossmintUsageRequestSchema>;
const PARAMETERS = crossmintUsageRequestSchema.keyof().options;

/**
 * Reads a request. Unknown parameters are ignored, empty ones count as absent; `startDate` and `endDate` are months in UTC, both inclusive.
 *
 * @throws DomainError `not_found` when the project id is neither a UUID nor `default`; `invalid_request` with one detail per problem
 */
export function parseCrossmintRequest(
  request: { readonly projectId: string; readonly query: RawQuery },
  options: CrossmintOptions,
): CrossmintUsageQuery {
  const projectId = projectIdSchema.safeParse(request.projectId);
  if (!projectId.success) throw new DomainError('not_found', `project ${JSON.stringify(request.projectId)}; expected a UUID or default`);

  const repeated = repeatedParameters(request.query);
  const isRepeated = (problem: ErrorDetail): boolean => repeated.some(({ parameter }) => parameter === problem.parameter);
  const { dimension, startDate, endDate } = singleTexts(request.query);
  const shape = options.usageShape ?? 'auto';
  const window = readMonths({ startDate, endDate }, options.now, shape);
  const problems = [...checkDimension(dimension, options.isDimensionOptional ?? false), ...window.problems];
  if (repeated.length + problems.length > 0) throw invalid([...repeated, ...problems.filter((problem) => !isRepeated(problem))]);
  return {
    projectId: projectId.data,
    dimension: 'monthly_active_wallets',
    isList: shape === 'array' || window.months.length > 1,
    months: window.months,
  };
}

/** The request for months of a project's usage, from the first through the last. */
export function buildCrossmintRequest(request: {
  readonly projectId: string | null;
  readonly dimension: CrossmintDimension;
  /** `YYYY-MM`, inclusive. */
  readonly startMonth: string;
  /** `YYYY-MM`, inclusive. */
  readonly endMonth: string;
}): BuiltRequest {
  const { projectId, dimension, startMonth: startDate, endMonth: endDate } = request;
  return {
    path: CROSSMINT_PATHS[0]!.replace('{projectId}', () => encodeURIComponent(projectId ?? 'default')),
    query: { dimension, startDate, endDate },
  };
}

function repeatedParameters(query: RawQuery): ErrorDetail[] {
  return PARAMETERS.filter((parameter) => Array.isArray(query[parameter])).map((parameter) => ({
    parameter,
    code: 'duplicate',
    message: `${parameter}: received ${JSON.stringify(query[parameter])}; expected one value`,
  }));
}

function singleTexts(query: RawQuery): Texts {
  const present = PARAMETERS.flatMap((parameter) => {
    const value = query[parameter];
    return typeof value === 'string' ? [[parameter, value] as const] : [];
  });
  return Object.fromEntries(present);
}

function checkDimension(dimension: string | undefined, isOptional: boolean): ErrorDetail[] {
  const isAbsent = dimension === undefined || dimension === '';
  if (isAbsent ? isOptional : CROSSMINT_DIMENSIONS.some((known) => known === dimension)) return [];
  const received = isAbsent ? 'none' : JSON.stringify(dimension);
  const message = `dimension: received ${received}; expected ${CROSSMINT_DIMENSIONS.join(' or ')}`;
  return [{ parameter: 'dimension', code: isAbsent ? 'missing' : 'invalid_choice', message }];
}

function readMonths(
  dates: Pick<Texts, 'startDate' | 'endDate'>,
  now: Date,
  shape: CrossmintShape,
): { months: readonly CrossmintMonth[]; problems: readonly ErrorDetail[] } {
  try {
    return { months: crossmintWindow(dates, now, shape).months, problems: [] };
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    const { parameter, code, message } = error;
    return { months: [], problems: [{ parameter, code, message }, ...(parameter === 'startDate' ? checkEndDate(dates.endDate) : [])] };
  }
}

/** What is wrong with endDate on its own, where startDate has already been refused: a client wants to hear both at once. */
function checkEndDate(endDate: string | undefined): ErrorDetail[] {
  if (endDate === undefined || endDate === '') return [];
  try {
    parseYearMonth(endDate);
    return [];
  } catch (error) {
    if (!(error instanceof DateFormatError)) throw error;
    return [
      { parameter: 'endDate', code: 'invalid_format', message: `endDate: received ${JSON.stringify(endDate)}; expected ${error.expected}` },
    ];
  }
}

function invalid(details: readonly ErrorDetail[]): DomainError {
  return new DomainError('invalid_request', 'Invalid arguments: see validationErrors for each of them.', { details });
}
