/** Answers that are tables come as JSON or, for spreadsheets, as CSV. */
export const TABLE_FORMATS = ['json', 'csv'] as const;
/** See {@link TABLE_FORMATS}. */
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Media types by which a caller asks for a format; the first one fits also what is asked for in general. */
const MEDIA_TYPES: Readonly<Record<TableFormat, readonly string[]>> = {
  json: ['application/json', 'application/*', '*/*'],
  csv: ['text/csv', 'text/*'],
};

/** The format to answer in: the parameter where it is given, else what `Accept` prefers (RFC 9110 section 12.5.1), else JSON. */
export function chooseFormat(parameter: TableFormat | undefined, accept: string | undefined): TableFormat {
  if (parameter !== undefined) return parameter;
  const [preferred] = (accept ?? '')
    .split(',')
    .map(readRange)
    .filter(({ quality }) => quality > 0)
    // Sorting is stable: among equals the earlier one wins.
    .sort((a, b) => b.quality - a.quality)
    .flatMap(({ type }) => TABLE_FORMATS.filter((format) => MEDIA_TYPES[format].includes(type)));
  return preferred ?? 'json';
}

function readRange(text: string): { readonly type: string; readonly quality: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
}
