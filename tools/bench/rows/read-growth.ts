import type { BenchContext } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { CONTRACT_NAMES, type ReadWorld, useReadWorld } from '../world/read-world.js';
import { contractRounds, EVENTS_STORED } from './read.js';

export const MANY_EVENTS_STORED = 10_000_000;
const ROUNDS = 3;
/** Of requests, which few events have too: so that both sides answer pages of one length. */
const COMET_PAGE = 50;

/** Each contract with a hundred times the events, beside itself. */
export async function measureReadGrowth(context: BenchContext): Promise<Measurement[]> {
  const few = withCometPage(await useReadWorld(context, EVENTS_STORED));
  const many = withCometPage(await useReadWorld(context, MANY_EVENTS_STORED));
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

function withCometPage(world: ReadWorld): ReadWorld {
  const comet = world.requests.comet.map((request) => ({ ...request, path: `${request.path}?limit=${COMET_PAGE}` }));
  return { ...world, requests: { ...world.requests, comet } };
}
