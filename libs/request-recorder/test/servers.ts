import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Delete, Get, Header, HttpCode, HttpException, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import fastify from 'fastify';
import { recordExpressRequests } from '../src/express.js';
import { recordFastifyRequests } from '../src/fastify.js';
import { RequestRecorderModule } from '../src/nest.js';
import { type RequestRecorderOptions, createRequestRecorder } from '../src/recorder.js';

/** An API on a port of its own: the same routes in each framework. `stop` shuts it down as its framework does. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface WithHeaders {
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Who calls says so in a header; nobody is recorded who does not. */
const subject = ({ headers }: WithHeaders): string | null => (typeof headers['x-customer'] === 'string' ? headers['x-customer'] : null);
const TEXT = 'plain text';
const BINARY = Buffer.from([0, 1, 2, 3]);
const LONG = { text: 'x'.repeat(100_000) };

async function startExpress(options: RequestRecorderOptions): Promise<TestServer> {
  const recorder = createRequestRecorder(options);
  const app = express();
  app.use(recordExpressRequests(recorder, { subject }));
  app.use(express.json({ limit: '1mb' }));
  app.post('/v1/report/:reportId', (request, response) => {
    response.json({ id: request.params.reportId, received: (request.body as { title: unknown }).title });
  });
  app.get('/v1/text', (_request, response) => void response.type('text/plain').send(TEXT));
  app.get('/v1/binary', (_request, response) => void response.type('application/octet-stream').send(BINARY));
  app.get('/v1/long', (_request, response) => void response.json(LONG));
  app.delete('/v1/report/:reportId', (_request, response) => void response.status(204).end());
  app.get('/v1/fails', (_request, response) => void response.status(500).json({ message: 'failed' }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await recorder.close();
    },
  };
}

async function startFastify(options: RequestRecorderOptions): Promise<TestServer> {
  const app = fastify();
  recordFastifyRequests(app, createRequestRecorder(options), { subject });
  app.post<{ Params: { reportId: string }; Body: { title: unknown } }>('/v1/report/:reportId', (request) =>
    Promise.resolve({ id: request.params.reportId, received: request.body.title }),
  );
  app.get('/v1/text', (_request, reply) => reply.type('text/plain').send(TEXT));
  app.get('/v1/binary', (_request, reply) => reply.type('application/octet-stream').send(BINARY));
  app.get('/v1/long', () => Promise.resolve(LONG));
  app.delete('/v1/report/:reportId', (_request, reply) => reply.code(204).send());
  app.get('/v1/fails', (_request, reply) => reply.code(500).send({ message: 'failed' }));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, stop: async () => app.close() };
}

@Controller('v1')
class ReportController {
  @Post('report/:reportId')
  @HttpCode(200)
  create(@Param('reportId') id: string, @Body() body: { title: unknown }): object {
    return { id, received: body.title };
  }

  @Delete('report/:reportId')
  @HttpCode(204)
  remove(): void {
    // Nothing to remove: the answer is what counts.
  }

  @Get('text')
  @Header('content-type', 'text/plain')
  text(): string {
    return TEXT;
  }

  @Get('binary')
  @Header('content-type', 'application/octet-stream')
  binary(): string {
    return BINARY.toString('latin1');
  }

  @Get('long')
  long(): object {
    return LONG;
  }

  @Get('fails')
  fails(): never {
    throw new HttpException({ message: 'failed' }, 500);
  }
}

function nestModule(options: RequestRecorderOptions): new () => object {
  @Module({ imports: [RequestRecorderModule.forRoot({ ...options, subject })], controllers: [ReportController] })
  class ApiModule {}
  return ApiModule;
}

async function startNestOnExpress(options: RequestRecorderOptions): Promise<TestServer> {
  const app = await NestFactory.create(nestModule(options), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), stop: async () => app.close() };
}

async function startNestOnFastify(options: RequestRecorderOptions): Promise<TestServer> {
  const app = await NestFactory.create<NestFastifyApplication>(nestModule(options), new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), stop: async () => app.close() };
}

/** Each framework that there is an adapter for. */
export const FRAMEWORKS = {
  Express: startExpress,
  Fastify: startFastify,
  'Nest on Express': startNestOnExpress,
  'Nest on Fastify': startNestOnFastify,
} as const;
