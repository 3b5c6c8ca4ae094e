import type { IncomingHttpHeaders } from 'node:http';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { recordExpressRequests } from './express.js';
import { recordFastifyRequests } from './fastify.js';
import { type RequestRecorder, type RequestRecorderOptions, createRequestRecorder } from './recorder.js';

/** A request of whichever platform Nest runs on, with what guards and middleware added to it. */
export type NestRequest = { readonly headers: IncomingHttpHeaders } & Readonly<Record<string, unknown>>;

/** How requests are recorded, and whose they are. */
export interface RequestRecorderModuleOptions extends RequestRecorderOptions {
  /** The subject by which events name the caller, asked when the answer is out; null for a request that is not to be recorded. */
  readonly subject: (request: NestRequest) => string | null | undefined;
}

const OPTIONS = Symbol('tallymark.request-recorder-options');

/** Records every request of a Nest application, on Express or Fastify, and sends what waits when it shuts down. */
@Module({})
export class RequestRecorderModule implements OnApplicationShutdown {
  private readonly recorder: RequestRecorder;

  /** Watches from the moment it is made: Nest adds its own routes after all modules are, and before it calls them for anything. */
  constructor({ httpAdapter }: HttpAdapterHost, @Inject(OPTIONS) options: RequestRecorderModuleOptions) {
    this.recorder = createRequestRecorder(options);
    const subject = (request: unknown): string | null | undefined => options.subject(request as NestRequest);
    if (httpAdapter.getType() === 'fastify') recordFastifyRequests(httpAdapter.getInstance<FastifyInstance>(), this.recorder, { subject });
    else httpAdapter.use(recordExpressRequests(this.recorder, { subject }));
  }

  /** To be imported by the root module alone. */
  static forRoot(options: RequestRecorderModuleOptions): DynamicModule {
    return { module: RequestRecorderModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Nest calls it when the server has stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.recorder.close();
  }
}
