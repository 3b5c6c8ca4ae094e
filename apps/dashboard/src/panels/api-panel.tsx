import type { BillingUsage } from '../api/answers.js';
import { readUsageCommand } from '../figures/shell-command.js';
import { Command } from './command.js';

/** The same numbers as a program reads them. */
export function ApiPanel({ usage }: { usage: BillingUsage }) {
  return (
    <details className="panel api">
      <summary>
        <h2>Read this over the API</h2>
      </summary>
      <Command text={readUsageCommand(location.origin)} label="Command that reads this usage" />
      <pre className="document" tabIndex={0} role="region" aria-label="Its answer, live">
        <code>{JSON.stringify(usage, null, 2)}</code>
      </pre>
    </details>
  );
}
