import type { BenchContext } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate, type Round } from '../rounds.js';
import { CONTRACT_NAMES, type ContractName, type ReadWorld, useReadWorld } from '../world/read-world.js';
import { contractRounds, EVENTS_STORED } from './read.js';

export const MANY_EVENTS_STORED = 10_000_000;
const ROUNDS = 3;
/** Of the few events, six of ten are requests, spread over 1,000 customers at random: half of that nearly everybody has. */
const PAGE_OF_EVENTS = 0.3 / 1_000;
const WHOLE_PAGE = 'comet, whole page';

/**
 * Each contract with a hundred times the events, beside itself. Comet answers what is stored, up to 1,000 requests: so that both sides answer as much, it is
 * asked for a page that both can fill; the page as it is asked for by default stands beside it, without a bound.
 */
export async function measureReadGrowth(context: BenchContext): Promise<Measurement[]> {
  const few = await useReadWorld(context, EVENTS_STORED);
  const many = await useReadWorld(context, MANY_EVENTS_STORED);
  const page = Math.max(1, Math.floor(few.events * PAGE_OF_EVENTS));
  const subjects = Object.fromEntries(
    Object.entries({ few, many }).flatMap(([size, world]) => [
      ...Object.entries(roundsOf(context, withCometPage(world, page))).map(([name, round]) => [`${name} ${size}`, round] as const),
      [`${WHOLE_PAGE} ${size}`, roundsOf(context, world).comet] as const,
    ]),
  );
  const rates = await alternate(ROUNDS, subjects, context.tell);
  return [...CONTRACT_NAMES, WHOLE_PAGE].map((name) => ({
    name: `read-growth: ${name}`,
    measured: { value: rates[`${name} many`]!, unit: 'requests/s' },
    rival: { name: `${few.events.toLocaleString('en-US')} events`, value: rates[`${name} few`]! },
    bound: name === WHOLE_PAGE ? null : { of: 'ratio', atLeast: 0.85 },
    note: `${many.events} events stored`,
  }));
}

function roundsOf(context: BenchContext, world: ReadWorld): Record<ContractName, Round> {
  return contractRounds(context, world, () => undefined);
}

function withCometPage(world: ReadWorld, page: number): ReadWorld {
  const comet = world.requests.comet.map((request) => ({ ...request, path: `${request.path}?limit=${page}` }));
  return { ...world, requests: { ...world.requests, comet } };
}
