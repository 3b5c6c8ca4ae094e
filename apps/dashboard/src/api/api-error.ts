/** Why a request brought no answer. `status` is null when no server was reached or what it said could not be read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    readonly status: number | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

/** Whether an error says that the token is not, or no longer, good. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** Whether an error says that the token may not see this. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** What an answer with an error status says: problem details, the error of a contract, or else its status alone. */
export async function readApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const message = messageOf(body) ?? `The server answered with status ${response.status}.`;
  return new ApiError(message, response.status, response.headers.get('x-request-id') ?? requestIdOf(body));
}

function messageOf(body: unknown): string | null {
  return textAt(body, 'detail') ?? textAt(body, 'title') ?? textAt(memberOf(body, 'error'), 'message');
}

/** Problem details name the request as `urn:request:<id>`. */
function requestIdOf(body: unknown): string | null {
  return textAt(body, 'instance')?.replace(/^urn:request:/, '') ?? null;
}

function textAt(body: unknown, name: string): string | null {
  const value = memberOf(body, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
}
