import { setMaxListeners } from 'node:events';
import { createPlatformClient, type PlatformClient, textOf } from '../../demo/platform-client.js';
import type { Child } from '../../e2e/child-process.js';
import { OPERATOR_TOKEN, type ServiceStart, startService } from './bench-service.js';

/** An organization, made over the platform API. */
export interface BenchOrganization {
  readonly id: string;
  /** With all scopes. */
  readonly apiKey: string;
  readonly client: PlatformClient;
}

const SCOPES = [
  'events:write',
  'events:read',
  'usage:read',
  'catalogue:read',
  'catalogue:write',
  'keys:admin',
  'projects:usage.read',
  'analytic:read',
];

/** Makes one through a usage-api that runs. */
export async function createOrganization(usageApi: Child): Promise<BenchOrganization> {
  const { signal } = new AbortController();
  // Thousands of calls listen to it, and are done long before Node forgets them.
  setMaxListeners(0, signal);
  const operator = createPlatformClient(usageApi.url, OPERATOR_TOKEN, signal);
  const id = textOf(await operator.post('/platform/v1/organizations', { external_id: 'bench', name: 'Bench' }), 'id');
  const apiKey = textOf(await operator.post(`/platform/v1/organizations/${id}/api-keys`, { name: 'back end', scopes: SCOPES }), 'key');
  return { id, apiKey, client: createPlatformClient(usageApi.url, apiKey, signal) };
}

/** Makes one where nothing else of usage-api is needed. */
export async function createOrganizationAlone(start: ServiceStart): Promise<Omit<BenchOrganization, 'client'>> {
  const usageApi = await startService('usage-api', { ...start, profileDir: undefined });
  try {
    const { id, apiKey } = await createOrganization(usageApi);
    return { id, apiKey };
  } finally {
    await usageApi.terminate();
  }
}
