import 'reflect-metadata';
import { Controller, Get, Post, Body, Module, Logger } from '@nestjs/common';
import { Public, baseConfig, createService, parseConfig, runService, startService } from './dist/index.js';
class C {
  hello() { return { hello: 'world' }; }
  async slow() { new Logger('C').log('slow entered'); await new Promise(r => setTimeout(r, 1500)); return { done: true }; }
  take(body) { return { n: body.length }; }
}
const dec = (m, ...ds) => { const d = Object.getOwnPropertyDescriptor(C.prototype, m); for (const x of ds) x(C.prototype, m, d); };
dec('hello', Get('hello'), Public()); dec('slow', Get('slow'), Public()); dec('take', Post('take'), Public());
Body()(C.prototype, 'take', 0);
Controller('platform/v1')(C);
class M {}
Module({ controllers: [C] })(M);
await runService(async () => {
  const config = parseConfig(baseConfig);
  const app = await createService({ name: 'smoke', version: '0.1.0', module: M, config, readiness: [], openApi: { title: 'Smoke', description: 'x' }, bodyLimitBytes: 5_000_000 });
  await startService(app);
});
