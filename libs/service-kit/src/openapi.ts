import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problemSchema } from '@tallymark/provider-contracts';
import { z } from 'zod';
import type { AuthScheme } from './auth/access.js';
import { type OpenApiOptions, SERVICE_OPTIONS, type ServiceOptions } from './service-options.js';

/** The page's own scripts and styles; Swagger UI sets inline styles, and its icons are data URLs. Nothing from elsewhere. */
const DOCS_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Describes the service's routes as OpenAPI 3.1. Needs no listening, and with `preview` no database. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const { openApi, version } = app.get<ServiceOptions>(SERVICE_OPTIONS);
  const document = SwaggerModule.createDocument(app, describe(openApi, version), {
    standardSchemaConverter: convertSchema,
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  const schemas = { ...document.components?.schemas, ...(convertSchema(problemSchema, { schemaType: 'output' })?.components ?? {}) };
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
    if (/^\/docs(?:[/?]|$)/.test(request.url)) void reply.header('content-security-policy', DOCS_POLICY).header('cache-control', 'no-cache');
  });
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    raw: ['json'],
    jsonDocumentUrl: '/openapi.json',
    customSiteTitle: options.title,
    // Else the badge of the public validator is loaded, which is told the document's address.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false, displayRequestDuration: true },
  });
}

function describe(options: OpenApiOptions, version: string): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle(options.title).setDescription(options.description).setVersion(version).addServer('/');
  for (const [tag, description] of Object.entries(options.tags ?? {})) builder.addTag(tag, description);
  for (const scheme of options.securitySchemes ?? ['bearer']) ADD_SCHEME[scheme](builder);
  return builder.build();
}

const ADD_SCHEME: Readonly<Record<AuthScheme, (builder: DocumentBuilder) => DocumentBuilder>> = {
  bearer: (builder) => builder.addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key (tm_live_…) or a customer token' }, 'bearer'),
  'x-api-key': (builder) => builder.addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key (tm_live_…)' }, 'apiKey'),
  basic: (builder) => builder.addBasicAuth({ type: 'http', scheme: 'basic', description: 'User: the name of an API key; password: the key' }, 'basic'),
};

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

interface ConvertedSchema {
  readonly schema: unknown;
  readonly components?: Schemas;
}

/** zod knows JSON Schema 2020-12, which is OpenAPI 3.1's; Nest itself asks for the 3.0 dialect. */
function convertSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }): ConvertedSchema | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const { $schema: _, $defs, ...converted } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: schemaType, unrepresentable: 'any' });
  return { schema: converted, ...($defs === undefined ? {} : { components: $defs as Schemas }) };
}

function sortMembers<T>(members: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
