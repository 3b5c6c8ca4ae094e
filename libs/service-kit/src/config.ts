import { isIP } from 'node:net';
import { z } from 'zod';

/** The environment does not have the form a service needs. Its message is for whoever starts the service and never shows a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Names whose values are never printed, whether or not they are declared with {@link secretVariable}. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|CREDENTIAL|KEY|DATABASE_URL/i;

/** A variable whose value is never printed; an error shows its length alone. `expected` completes the sentence "expected …". */
export function secretVariable(expected: string, options: { minLength: number }): z.ZodString {
  return z.string().min(options.minLength).meta({ description: expected, secret: true });
}

/** A whole number from `min` to `max`, in plain digits; `default` stands where the variable is not set. */
export function integerVariable(options: { min: number; max: number; default?: number }): z.ZodType<number, string | undefined> {
  const { min, max } = options;
  const expected = `a whole number from ${min} to ${max}`;
  const digits = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
  return (options.default === undefined ? digits : digits.prefault(String(options.default))).meta({ description: expected });
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Names of groups of addresses: loopback, those of one link, those of private networks. */
const ADDRESS_GROUPS: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** `10.0.0.0/8`, `::1`, or the name of a group. */
function isAddressRange(text: string): boolean {
  if (ADDRESS_GROUPS.includes(text)) return true;
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** The variables every service reads. Services extend it: `baseConfig.extend({ OPERATOR_TOKEN: … })`. */
export const baseConfig = z.object({
  HOST: z.string().min(1).default('127.0.0.1').meta({ description: 'an address to listen on, such as 127.0.0.1 or 0.0.0.0' }),
  PORT: integerVariable({ min: 0, max: 65_535 }),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\/\S+$/)
    .meta({ description: 'a PostgreSQL URL, postgres://user:password@host:port/database', secret: true }),
  /** Connections, not requests. */
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000, default: 10 }),
  LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .meta({ description: `one of ${LOG_LEVELS.join(', ')}` }),
  /** Neighbours whose `X-Forwarded-*` are believed; everybody else's are what any caller can write. */
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .transform((text): readonly string[] => (text === 'none' ? [] : text.split(',').map((part) => part.trim())))
    .refine((ranges) => ranges.every(isAddressRange))
    .meta({ description: `addresses, address/prefix or ${ADDRESS_GROUPS.join(', ')}, separated by commas; or none` }),
  SHUTDOWN_GRACE_MS: integerVariable({ min: 100, max: 600_000, default: 10_000 }),
  TOKEN_SECRET: secretVariable('a secret of at least 32 characters, which signs customer tokens and cursors', { minLength: 32 }),
});
/** See {@link baseConfig}. */
export type BaseConfig = z.infer<typeof baseConfig>;

/**
 * Reads the environment by a schema whose fields are variables. The result is frozen.
 *
 * @throws ConfigError that names every variable at fault, what was received and what was expected.
 */
export function parseConfig<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<z.infer<T>> {
  const variables = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, environment[name]]));
  const result = schema.safeParse(variables);
  if (result.success) return Object.freeze(result.data);
  const names = [...new Set(result.error.issues.map((issue) => String(issue.path[0] ?? '')))];
  const lines = names.map((name) => {
    const message = result.error.issues.find((issue) => issue.path[0] === name)?.message ?? '';
    return name === ''
      ? `  ${result.error.issues.find((issue) => issue.path.length === 0)?.message ?? ''}`
      : `  ${describeFault(schema, name, variables[name], message)}`;
  });
  throw new ConfigError(`The environment is not complete:\n${lines.join('\n')}\n`);
}

function describeFault(schema: z.ZodObject, name: string, received: string | undefined, message: string): string {
  const meta = schemaMeta(schema.shape[name]);
  const isSecret = meta?.['secret'] === true || SECRET_NAME.test(name);
  const expected = typeof meta?.['description'] === 'string' ? meta['description'] : message;
  return `${name}: received ${describeReceived(received, isSecret)}; expected ${expected}`;
}

function describeReceived(received: string | undefined, isSecret: boolean): string {
  if (received === undefined) return 'nothing (not set)';
  if (received === '') return 'an empty value';
  return isSecret ? `a value of ${received.length} characters (not shown)` : JSON.stringify(received);
}

/** A default or an optional wraps the schema that bears the description. */
function schemaMeta(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const meta = schema.meta();
  if (meta !== undefined) return meta;
  return 'unwrap' in schema && typeof schema.unwrap === 'function' ? schemaMeta(schema.unwrap()) : undefined;
}

/** Runs a service's `main`. A {@link ConfigError} is printed without a stack; any failure ends the process with code 1. */
export async function runService(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const text =
      error instanceof ConfigError ? error.message : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
    process.stderr.write(text.endsWith('\n') ? text : `${text}\n`, () => process.exit(1));
  }
}
