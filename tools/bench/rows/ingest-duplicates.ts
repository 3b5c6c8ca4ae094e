import { type BenchContext, scaled } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { startIngest } from './ingest-setting.js';

const ROUNDS = 4;
const EVENTS = 150_000;
const RESENT_SHARE = 0.5;

/** Half of the events sent twice, in other batches, beside none. */
export async function measureIngestDuplicates(context: BenchContext): Promise<Measurement[]> {
  const { send } = await startIngest(context, 'ingest_duplicates');
  const events = scaled(context, EVENTS, 10_000);
  const { duplicates, batch } = await alternate(
    ROUNDS,
    {
      duplicates: (round) => send({ seed: `duplicates-${round}`, events, resentShare: RESENT_SHARE }),
      batch: (round) => send({ seed: `batch-${round}`, events }),
    },
    context.tell,
  );
  return [
    {
      name: 'ingest-duplicates',
      measured: { value: duplicates, unit: 'events/s' },
      rival: { name: 'ingest-batch', value: batch },
      bound: { of: 'ratio', atLeast: 0.5 },
    },
  ];
}
