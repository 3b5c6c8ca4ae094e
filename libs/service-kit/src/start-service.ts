import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Lifecycle } from './operations/lifecycle.js';
import { installShutdown } from './operations/shutdown.js';
import { SERVICE_OPTIONS, type ServiceOptions } from './service-options.js';

/** How long callers on open connections are still told that the service is going, before those connections are cut under them. */
const LINGER_MS = 500;

/** Listens on HOST and PORT, and ends in good order on signals and when its supervisor is gone. For `main.ts`, after `createService`. */
export async function startService(app: NestFastifyApplication): Promise<void> {
  const { config, name } = app.get<ServiceOptions>(SERVICE_OPTIONS);
  const logger = new Logger(name);
  const lifecycle = app.get(Lifecycle);
  installShutdown(process, {
    graceMs: config.SHUTDOWN_GRACE_MS,
    drain: () => lifecycle.drain(),
    close: async () => {
      await lifecycle.idle();
      await delay(LINGER_MS);
      await lifecycle.idle();
      await app.close();
    },
    log: (message, error) => (error === undefined ? logger.log(message) : logger.error(error, message)),
  });
  await app.listen(config.PORT, config.HOST);
}
