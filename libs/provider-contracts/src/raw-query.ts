import { z } from 'zod';

/** Query parameters as an HTTP server parses them: percent-decoded, and a list where a name was repeated. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Text that may reach a PostgreSQL `text` column, which takes no NUL. At most 255 UTF-16 units. */
export const queryText = z
  .string()
  .max(255)
  .refine((text) => !text.includes('\u0000'), { error: 'must not contain the character NUL' });

/** A GET request that a client is to send: the path is percent-encoded, the query's values are not. */
export interface BuiltRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}
