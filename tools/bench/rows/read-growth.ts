import type { BenchContext } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { CONTRACT_NAMES, useReadWorld } from '../world/read-world.js';
import { contractRounds, EVENTS_STORED } from './read.js';

export const MANY_EVENTS_STORED = 10_000_000;
const ROUNDS = 3;

/** Each contract with a hundred times the events, beside itself. */
export async function measureReadGrowth(context: BenchContext): Promise<Measurement[]> {
  const few = await useReadWorld(context, EVENTS_STORED);
  const many = await useReadWorld(context, MANY_EVENTS_STORED);
  const ignore = (): void => undefined;
  const grown = contractRounds(context, many, ignore);
  const subjects = Object.fromEntries(
    Object.entries(contractRounds(context, few, ignore)).flatMap(([name, round]) => [
      [`${name} few`, round],
      [`${name} many`, grown[name as keyof typeof grown]],
    ]),
  );
  const rates = await alternate(ROUNDS, subjects, context.tell);
  return CONTRACT_NAMES.map((name) => ({
    name: `read-growth: ${name}`,
    measured: { value: rates[`${name} many`]!, unit: 'requests/s' },
    rival: { name: `${few.events.toLocaleString('en-US')} events`, value: rates[`${name} few`]! },
    bound: { of: 'ratio', atLeast: 0.85 },
    note: `${many.events} events stored`,
  }));
}
