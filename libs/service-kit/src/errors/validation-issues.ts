import type { ErrorDetail } from '@tallymark/domain';

/** An issue as Standard Schema gives it; zod adds `code` and what belongs to that code. */
export interface ValidationIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where the validated value came from. `name` is the parameter's, when the handler reads a single one. */
export interface ValidatedInput {
  readonly kind: 'body' | 'parameter';
  readonly name?: string | undefined;
  readonly value: unknown;
}

/** More would tell nobody more, and the number of issues is up to the sender. */
const MAX_DETAILS = 100;
const MAX_QUOTED_LENGTH = 120;

/** Turns the issues of a schema into error details: where, what was received, what was expected. */
export function describeIssues(issues: readonly ValidationIssue[], input: ValidatedInput): ErrorDetail[] {
  return issues
    .slice(0, MAX_DETAILS)
    .flatMap((issue) => narrowToBranch(issue))
    .flatMap((issue) => splitUnknownMembers(issue))
    .slice(0, MAX_DETAILS)
    .map((issue) => describeIssue(issue, input));
}

function describeIssue(issue: ValidationIssue, input: ValidatedInput): ErrorDetail {
  const path = pathOf(issue);
  const message = describeFault(issue.message, valueAt(input.value, path));
  const code = 'code' in issue && typeof issue.code === 'string' ? issue.code : 'invalid';
  if (input.kind === 'body') return { pointer: path.map((member) => `/${escapePointer(member)}`).join(''), code, message };
  const parameter = input.name ?? path[0];
  return { ...(parameter === undefined ? {} : { parameter }), code, message };
}

/** `received "x"; expected …`: zod names types alone, so the value is put before its sentence. */
function describeFault(message: string, received: unknown): string {
  const expectation = message.replace(/^Invalid input: /, '').replace(/, received \S+$/, '');
  const text = expectation.charAt(0).toLowerCase() + expectation.slice(1);
  return received === undefined ? `missing; ${text}` : `received ${quote(received)}; ${text}`;
}

/** JSON of a value, cut to a length that a person reads. */
export function quote(value: unknown): string {
  const json = jsonOf(value);
  return json.length <= MAX_QUOTED_LENGTH ? json : `${json.slice(0, MAX_QUOTED_LENGTH)}…`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member)) ?? String(value);
  } catch (error) {
    // What was parsed without recursion may be nested more deeply than the stack holds.
    if (error instanceof RangeError) return Array.isArray(value) ? '[[…' : '{{…';
    throw error;
  }
}

/** Of a union whose every branch failed, the branch that came furthest is what the sender meant. */
function narrowToBranch(issue: ValidationIssue): ValidationIssue[] {
  if (!('errors' in issue) || !Array.isArray(issue.errors)) return [issue];
  const branches = issue.errors as ValidationIssue[][];
  const depths = branches.map((branch) => Math.max(0, ...branch.map((inner) => inner.path?.length ?? 0)));
  const deepest = Math.max(0, ...depths);
  const furthest = branches.filter((_, index) => depths[index] === deepest);
  if (deepest === 0 || furthest.length !== 1) return [issue];
  return (furthest[0] ?? []).map((inner) => ({ ...inner, path: [...(issue.path ?? []), ...(inner.path ?? [])] }));
}

/** zod names all unknown members of an object in one issue; each gets a detail that points to it. */
function splitUnknownMembers(issue: ValidationIssue): ValidationIssue[] {
  if (!('keys' in issue) || !Array.isArray(issue.keys)) return [issue];
  return issue.keys.map((key: unknown) => ({
    ...issue,
    keys: undefined,
    path: [...(issue.path ?? []), String(key)],
    message: 'expected no such member',
  }));
}

function pathOf(issue: ValidationIssue): string[] {
  return (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const member of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, member)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[member];
  }
  return current;
}

/** RFC 6901 section 3. */
function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}
