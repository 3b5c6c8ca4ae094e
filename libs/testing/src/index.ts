export { startTestDatabase } from './test-database.js';
export type { TestDatabase } from './test-database.js';
export { addApiKey, addOrganization } from './organization.js';
export { UsageWorld } from './usage-world.js';
