import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Lifecycle } from './operations/lifecycle.js';
import { installShutdown } from './operations/shutdown.js';
import { SERVICE_OPTIONS, type ServiceOptions } from './service-options.js';

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
      await app.close();
    },
    log: (message, error) => (error === undefined ? logger.log(message) : logger.error(error, message)),
  });
  await app.listen(config.PORT, config.HOST);
}
