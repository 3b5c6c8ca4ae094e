import { shardKey } from './event-identity.js';
import { LruMap } from './lru-map.js';

const KEYS_KEPT = 20_000;
const keys = new LruMap<string, string>(KEYS_KEPT);

/** The shard key of a subject, remembered for those of late: readers ask for the same ones again and again. */
export function knownShardKey(organizationId: string, subject: string): string {
  const name = `${organizationId} ${subject}`;
  let key = keys.get(name);
  if (key === undefined) keys.set(name, (key = shardKey(organizationId, subject)));
  return key;
}
