import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problemSchema } from '@tallymark/provider-contracts';
import { type RouteAccess, listRoutes } from './auth/list-routes.js';
import { convertSchema } from './openapi-schema.js';
import { describeSecurity, securityOf } from './openapi-security.js';
import { type OpenApiOptions, SERVICE_OPTIONS, type ServiceOptions } from './service-options.js';

/** The page's own scripts and styles; Swagger UI sets inline styles, and its icons are data URLs. Nothing from elsewhere. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Describes the service's routes as OpenAPI 3.1. Needs no listening, and with `preview` no database. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const { openApi, version } = app.get<ServiceOptions>(SERVICE_OPTIONS);
  const routes = new Map(listRoutes(app).map((route) => [operationId(route.controller, route.method), route]));
  const document = SwaggerModule.createDocument(app, describe(openApi, version, [...routes.values()]), {
    standardSchemaConverter: convertSchema,
    operationIdFactory: operationId,
  });
  addSecurity(document, routes);
  const schemas = { ...document.components?.schemas, ...convertSchema(problemSchema, { schemaType: 'output' })?.components };
  return { ...document, paths: sortMembers(document.paths), components: { ...document.components, schemas: sortMembers(schemas) } };
}

/** The text of `openapi.json`: the same document, the same bytes. */
export function formatOpenApi(document: OpenAPIObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Serves `/openapi.json` and Swagger UI at `/docs`, from local files and by relative addresses, so that any path prefix works. */
export function serveOpenApi(app: NestFastifyApplication, options: OpenApiOptions): void {
  const instance = app.getHttpAdapter().getInstance();
  instance.addHook('onRequest', async (request, reply) => {
    if (/^\/docs(?:[/?]|$)/.test(request.url))
      void reply.header('content-security-policy', DOCS_POLICY).header('cache-control', 'no-cache');
  });
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    raw: ['json'],
    jsonDocumentUrl: '/openapi.json',
    customSiteTitle: options.title,
    // Else the badge of the public validator is loaded, which is told the document's address.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false, displayRequestDuration: true },
  });
}

function operationId(controller: string, method: string): string {
  return `${controller.replace(/Controller$/, '')}_${method}`;
}

function describe(options: OpenApiOptions, version: string, routes: readonly RouteAccess[]): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(options.title)
    .setDescription(options.description)
    .setVersion(version)
    .addServer('/');
  for (const [tag, description] of Object.entries(options.tags ?? {})) builder.addTag(tag, description);
  describeSecurity(builder, routes);
  return builder.build();
}

/** What the guard checks is what the document says: both read the same decorators. */
function addSecurity(document: OpenAPIObject, routes: ReadonlyMap<string, RouteAccess>): void {
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.put, item.post, item.delete, item.patch]) {
      const route = routes.get(operation?.operationId ?? '');
      if (operation !== undefined && route !== undefined) operation.security = securityOf(route);
    }
  }
}

function sortMembers<T>(members: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
