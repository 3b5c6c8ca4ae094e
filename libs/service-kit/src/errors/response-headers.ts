import type { Failure } from './failure.js';

const challenges = new WeakMap<Error, string>();

/** Attaches a `WWW-Authenticate` challenge to an error, so that the domain's error need not know HTTP. */
export function withChallenge<E extends Error>(error: E, challenge: string): E {
  challenges.set(error, challenge);
  return error;
}

/** Headers of the transport that go with an error, whatever its body is. */
export function headersOf(error: unknown, failure: Failure): Record<string, string> {
  const challenge = error instanceof Error ? challenges.get(error) : undefined;
  return {
    ...(failure.retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(failure.retryAfterSeconds))) }),
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  };
}
