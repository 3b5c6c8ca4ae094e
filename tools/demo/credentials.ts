import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateJson } from '../stack/secrets.js';

/** What scripts need to use the demo: `<DATA_DIR>/demo-credentials.json`, mode 600. The shape is a contract. */
export interface DemoCredentials {
  readonly baseUrl: string;
  readonly organization: { readonly id: string; readonly apiKey: string };
  readonly billingUsage: { readonly token: string; readonly customerId: string };
  readonly lago: { readonly apiKey: string };
  readonly crossmint: { readonly projectId: string; readonly apiKey: string };
  readonly comet: { readonly token: string };
  readonly gnip: { readonly account: string; readonly user: string; readonly password: string };
}

const FILE = 'demo-credentials.json';

/** Null when there are none yet. */
export function readCredentials(dataDir: string): DemoCredentials | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')) as DemoCredentials;
  } catch {
    return null;
  }
}

/** Writes the file; it stands for a demo that is loaded whole. */
export function writeCredentials(dataDir: string, credentials: DemoCredentials): void {
  writePrivateJson(join(dataDir, FILE), credentials);
}
