import { type DynamicModule, Module, RequestMethod, StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { AuthGuard } from './auth/auth-guard.js';
import { Authenticator } from './auth/authenticator.js';
import { ErrorResponder } from './errors/error-responder.js';
import { ProblemFilter } from './errors/problem-filter.js';
import { SchemaPipe } from './errors/schema-pipe.js';
import { Lifecycle } from './operations/lifecycle.js';
import { CLOCK, type Clock, SERVICE_OPTIONS, type ServiceOptions } from './service-options.js';

/** Named, because middie 9.3 puts a slash before nestjs-pino's own pattern, which then matches nothing: lines lost their request. */
const EVERY_ROUTE = { path: '/{*splat}', method: RequestMethod.ALL };

/** What lives as long as the service and is made before Nest is. */
export interface ServiceParts {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  readonly errorResponder: ErrorResponder;
}

/** The root module: what every service has, around the application's own module. */
@Module({})
export class ServiceModule {
  static around(options: ServiceOptions, parts: ServiceParts): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: { logger: parts.logger },
          useExisting: true,
          forRoutes: options.namesRequestsInNestLogs === false ? [] : [EVERY_ROUTE],
        }),
        options.module,
      ],
      providers: [
        { provide: SERVICE_OPTIONS, useValue: options },
        { provide: CLOCK, useValue: parts.clock },
        { provide: Registry, useValue: parts.registry },
        { provide: Lifecycle, useValue: parts.lifecycle },
        { provide: ErrorResponder, useValue: parts.errorResponder },
        Authenticator,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
        {
          provide: APP_INTERCEPTOR,
          inject: [Reflector],
          useFactory: (reflector: Reflector) => new StandardSchemaSerializerInterceptor(reflector),
        },
      ],
      exports: [SERVICE_OPTIONS, CLOCK, Registry, Lifecycle],
    };
  }
}
