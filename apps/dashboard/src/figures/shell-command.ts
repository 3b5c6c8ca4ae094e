/** Text as one word of a POSIX shell, whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that sends a first event for a subject. What only the reader knows stands in angle brackets. */
export function firstEventCommand({ origin, subject }: { readonly origin: string; readonly subject: string }): string {
  const event = { specversion: '1.0', id: 'first-event', source: '/hello', type: '<event type of a meter>', subject, data: {} };
  return [
    `curl -sS -X POST ${shellQuote(`${origin}/platform/v1/events`)}`,
    `-H 'Authorization: Bearer <API key with the scope events:write>'`,
    `-H 'Content-Type: application/cloudevents+json'`,
    `-d ${shellQuote(JSON.stringify(event))}`,
  ].join(' \\\n  ');
}

/** The command that reads what the page shows. The token is left to the shell, so that a copied command gives nothing away. */
export function readUsageCommand(origin: string): string {
  return `curl -sS ${shellQuote(`${origin}/api/billing/usage`)} -H "Authorization: Bearer $TOKEN"`;
}
