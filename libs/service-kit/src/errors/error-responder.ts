import { type ContractErrors, platformErrors } from '@tallymark/provider-contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../http/request-path.js';
import type { Clock } from '../service-options.js';
import type { AllowedMethods } from './allowed-methods.js';
import { type Failure, toFailure } from './failure.js';
import { statusOf } from './http-status.js';
import { headersOf } from './response-headers.js';
import { spokenContract } from './spoken-contract.js';

/** An error as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Answers everything that was thrown with one error body: in the language of the path's contract, or as problem details. */
export class ErrorResponder {
  constructor(
    private readonly contracts: readonly ContractErrors[],
    private readonly clock: Clock,
    private readonly allowedMethods: AllowedMethods,
  ) {}

  respond(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request.url);
    const failure = this.refineNotFound(toFailure(error), request, path, reply);
    if (failure.isOurs) request.log.error({ err: error }, failure.message);
    if (reply.raw.headersSent) return;

    const answer = this.render(error, failure, { path, requestId: request.id, contract: spokenContract(request) });
    // Fastify appends a charset to a JSON type unless it gets bytes; RFC 9457's type has none.
    void reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  /** What a failure is answered with, in the words of the contract that is named, else of the path's. */
  render(
    error: unknown,
    failure: Failure,
    { path, requestId, contract }: { readonly path: string; readonly requestId: string; readonly contract?: ContractErrors | undefined },
  ): ErrorAnswer {
    const { code, message, details } = failure;
    const spoken = contract ?? this.contracts.find((candidate) => candidate.matches(path)) ?? platformErrors;
    const rendered = spoken.render({ status: statusOf(code), code, message, details, now: this.clock(), requestId });
    return {
      status: rendered.status,
      headers: { ...rendered.headers, ...headersOf(error, failure) },
      body: Buffer.from(JSON.stringify(rendered.body)),
    };
  }

  /** The router knows no 405: a path that other methods answer is told apart from one that nobody does. */
  private refineNotFound(failure: Failure, request: FastifyRequest, path: string, reply: FastifyReply): Failure {
    if (failure.code !== 'not_found' || !request.is404) return failure;
    const allowed = this.allowedMethods.of(path);
    // A method that the path's shape answers, and not this path: a variable in it is empty or malformed.
    if (allowed.length === 0 || allowed.includes(request.method)) return { ...failure, message: `no route ${request.method} ${path}` };
    void reply.header('allow', allowed.join(', '));
    return { ...failure, code: 'method_not_allowed', message: `received ${request.method} ${path}; expected one of ${allowed.join(', ')}` };
  }
}
