import { SERVICE_NAMES, type ServiceName } from './routes.js';

const DESCRIPTIONS: Readonly<Record<ServiceName, string>> = {
  ingest: 'Send events: CloudEvents, and the dialects of OpenMeter and Lago.',
  'usage-api': 'Read usage over the five contracts and the platform API; keep the catalogue.',
  'billing-calc': 'Health and metrics of the worker that folds and prices.',
};

/** The page at `/docs`: one line per service, with its Swagger UI and its OpenAPI document. Needs no script and nothing from elsewhere. */
export function renderDocsIndex(): string {
  const rows = SERVICE_NAMES.map(
    (name) =>
      `<li><h2><a href="/docs/${name}/">${name}</a></h2><p>${DESCRIPTIONS[name]} <a href="/openapi/${name}.json">OpenAPI document</a></p></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallymark API documents</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
ul { list-style: none; padding: 0 }
h2 { margin: 1.5rem 0 0; font-size: 1.1rem }
p { margin: 0.2rem 0 }
</style>
</head>
<body>
<h1>Tallymark API documents</h1>
<ul>
${rows.join('\n')}
</ul>
</body>
</html>
`;
}
