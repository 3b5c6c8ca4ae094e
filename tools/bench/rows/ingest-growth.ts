import { type BenchContext, scaled } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { SUBJECTS, subjectOf } from '../world/bench-events.js';
import { fillLog } from '../world/fill-log.js';
import { startIngest } from './ingest-setting.js';

const ROUNDS = 4;
const EVENTS = 300_000;
const STORED_EVENTS = 20_000_000;
const YEAR_MS = 365 * 86_400_000;

/** Batches into a store of 20 million events over twelve months, beside an empty one. */
export async function measureIngestGrowth(context: BenchContext): Promise<Measurement[]> {
  const stored = scaled(context, STORED_EVENTS, 10_000);
  const events = scaled(context, EVENTS, 10_000);
  const grown = await startIngest(context, 'ingest_grown', async (database, organizationId) => {
    context.tell(`filling the log with ${stored.toLocaleString('en-US')} events`);
    const to = new Date();
    const subjects = Array.from({ length: SUBJECTS }, (_, index) => subjectOf(index));
    await fillLog(database, { organizationId, subjects, events: stored, from: new Date(to.getTime() - YEAR_MS), to, kind: 'completions' });
  });
  const empty = await startIngest(context, 'ingest_empty');
  const rates = await alternate(
    ROUNDS,
    {
      grown: (round) => grown.send({ seed: `growth-${round}`, events }),
      empty: (round) => empty.send({ seed: `growth-${round}`, events }),
    },
    context.tell,
  );
  return [
    {
      name: 'ingest-growth',
      measured: { value: rates.grown, unit: 'events/s' },
      rival: { name: 'empty store', value: rates.empty },
      bound: { of: 'ratio', atLeast: 0.8 },
      note: `${stored} events stored`,
    },
  ];
}
