import { fileURLToPath } from 'node:url';
import { type BenchContext, scaled, serviceStart } from '../context.js';
import type { LoadResult } from '../load/load-plan.js';
import type { Measurement } from '../measurement.js';
import { alternate, type Round } from '../rounds.js';
import { percentile } from '../statistics.js';
import { startRival } from '../world/bench-service.js';
import { CONTRACT_NAMES, type ContractName, type ReadWorld, useReadWorld } from '../world/read-world.js';

export const EVENTS_STORED = 100_000;
const ROUNDS = 3;
const SECONDS = 3;
/** Few enough that the time of an answer is not the time of the queue before it. */
const CONNECTIONS = 8;
const RIVAL_ENTRY = fileURLToPath(new URL('../rivals/bare-service.js', import.meta.url));

/** Each contract, beside a bare route with one indexed query. */
export async function measureRead(context: BenchContext): Promise<Measurement[]> {
  const world = await useReadWorld(context, EVENTS_STORED);
  const rival = await startRival(RIVAL_ENTRY, serviceStart(context, world.database));
  context.onEnd(() => rival.terminate());
  const latenciesMs = new Map<ContractName, number[]>(CONTRACT_NAMES.map((name) => [name, []]));
  const requests = world.customerIds.map((id) => ({ path: `/statements/${id}`, headers: {} }));
  const rates = await alternate(
    ROUNDS,
    {
      ...contractRounds(context, world, (name, round, result) => {
        if (round > 0) latenciesMs.get(name)!.push(...result.latenciesMs);
      }),
      rival: async () => rateOf(await context.load.run({ ...readLoad(context), url: rival.url, requests })),
    },
    context.tell,
  );
  return CONTRACT_NAMES.flatMap((name): Measurement[] => [
    {
      name: `read: ${name}`,
      measured: { value: rates[name], unit: 'requests/s' },
      rival: { name: 'bare route', value: rates.rival },
      bound: { of: 'ratio', atLeast: 0.5 },
    },
    {
      name: `read: ${name} p99`,
      measured: { value: percentile(latenciesMs.get(name)!, 0.99), unit: 'ms' },
      rival: null,
      bound: { of: 'value', atMost: 15 },
    },
  ]);
}

/** A round for each contract. */
export function contractRounds(
  context: BenchContext,
  world: ReadWorld,
  onResult: (name: ContractName, round: number, result: LoadResult) => void,
): Record<ContractName, Round> {
  const roundOf =
    (name: ContractName): Round =>
    async (round) => {
      const result = await context.load.run({ ...readLoad(context), url: world.usageApi.url, requests: world.requests[name] });
      onResult(name, round, result);
      return rateOf(result);
    };
  return Object.fromEntries(CONTRACT_NAMES.map((name) => [name, roundOf(name)])) as Record<ContractName, Round>;
}

function readLoad(context: BenchContext) {
  return { kind: 'reads', connections: CONNECTIONS, durationMs: scaled(context, SECONDS * 1_000, 500) } as const;
}

function rateOf({ done, seconds }: LoadResult): number {
  return done / seconds;
}
