import { median } from './statistics.js';

/** What is measured in rounds: returns the value of one. */
export type Round = (round: number) => Promise<number>;

const WARM_UP = 0;

/**
 * Measures several things in turn, round by round, so that whatever else slows the machine slows all of them. A first round that does not count
 * lets the code get warm and the tables get their first pages.
 *
 * @returns the median of each.
 */
export async function alternate<Name extends string>(
  rounds: number,
  subjects: Readonly<Record<Name, Round>>,
  tell: (line: string) => void,
): Promise<Record<Name, number>> {
  const names = Object.keys(subjects) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = WARM_UP; round <= rounds; round += 1) {
    for (const name of names) {
      const value = await subjects[name](round);
      tell(`${round === WARM_UP ? 'warm-up' : `round ${round}`} ${name}: ${Math.round(value).toLocaleString('en-US')}`);
      if (round !== WARM_UP) values.get(name)!.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name)!)])) as Record<Name, number>;
}
