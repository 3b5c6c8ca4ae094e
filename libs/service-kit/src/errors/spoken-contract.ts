import type { ContractErrors } from '@tallymark/provider-contracts';
import type { FastifyRequest } from 'fastify';

const spoken = new WeakMap<object, ContractErrors>();

/** From here on, errors of this request are told in this contract's words, whatever its path: for a path that two dialects share. */
export function speakErrorsOf(contract: ContractErrors, request: FastifyRequest): void {
  spoken.set(request.raw, contract);
}

/** What {@link speakErrorsOf} was told of a request. */
export function spokenContract(request: FastifyRequest): ContractErrors | undefined {
  return spoken.get(request.raw);
}
