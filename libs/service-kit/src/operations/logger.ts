import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { loggableError } from './loggable-error.js';

/** Headers that hold a credential, wherever in a logged object headers stand. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'];
const REDACTED_PATHS = ['', 'req.', 'request.', 'res.', 'response.', '*.'].flatMap((place) =>
  SECRET_HEADERS.map((name) => `${place}headers["${name}"]`),
);

/** Our API keys, and tokens in JWT form: refused even inside a sentence or an error's message. */
const SECRET_TEXT = /tm_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;

/** Here and not in a serializer: those of nestjs-pino's child loggers take the place of ours. */
function withLoggableErrors(logged: Record<string, unknown>): Record<string, unknown> {
  for (const member in logged) {
    const value = logged[member];
    if (value instanceof Error) logged = { ...logged, [member]: loggableError(value) };
  }
  return logged;
}

/** A logger that writes JSON lines with ISO times, names of levels, no secrets, and of what the database refused no values. */
export function createLogger(options: {
  name: string;
  version: string;
  level: string;
  destination?: DestinationStream | undefined;
}): Logger {
  const { name, version, level, destination } = options;
  const settings: LoggerOptions = {
    level,
    base: { service: name, version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: withLoggableErrors },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    hooks: { streamWrite: (line) => line.replace(SECRET_TEXT, '[redacted]') },
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}
