import { DomainError } from '@tallymark/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pathOf } from './request-path.js';

/** Parameters by which clients put a key into the URL, where proxies and histories keep it. Compared without case, `-` and `_`. */
const CREDENTIAL_PARAMETERS = new Set(['apikey', 'xapikey', 'accesstoken', 'authorization']);

/** Refuses credentials in the URL everywhere, and repeated parameters where no contract allows them. */
export function addQueryGuard(instance: FastifyInstance, allowsRepeated: (path: string) => boolean): void {
  instance.addHook('onRequest', async (request) => {
    if (request.is404) return;
    refuseCredentials(request);
    if (!allowsRepeated(pathOf(request.url))) refuseRepeated(request);
  });
}

function refuseCredentials(request: FastifyRequest): void {
  const parameter = Object.keys(queryOf(request)).find((name) => CREDENTIAL_PARAMETERS.has(name.toLowerCase().replaceAll(/[-_]/g, '')));
  if (parameter === undefined) return;
  const message = 'received a credential in the URL, where it would be logged; expected it in a header. Revoke it if it is real';
  throw new DomainError('invalid_request', `${parameter}: ${message}`, { details: [{ parameter, code: 'credential_in_url', message }] });
}

function refuseRepeated(request: FastifyRequest): void {
  const details = Object.entries(queryOf(request))
    .filter(([, value]) => Array.isArray(value))
    .map(([parameter, value]) => ({
      parameter,
      code: 'repeated_parameter',
      message: `received ${(value as unknown[]).length} values; expected one`,
    }));
  const [first] = details;
  if (first !== undefined) throw new DomainError('invalid_request', `${first.parameter}: ${first.message}`, { details });
}

function queryOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return request.query as Readonly<Record<string, unknown>>;
}
