import { createRandom } from '../../demo/random.js';

/** An event of the load, small as usage events are. */
export interface BenchEvent {
  readonly id: string;
  readonly subject: string;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly time: string;
  readonly dataJson: string;
}

export const EVENT_SOURCE = '/bench';
export const EVENT_TYPE = 'llm.completion';
export const SUBJECTS = 1_000;

/** Which events to make. The same seed makes the same events, times apart, which are those of the minute before `until`. */
export interface EventPlan {
  /** Stands before the number in each id. */
  readonly seed: string;
  readonly events: number;
  readonly until: Date;
}

const SPREAD_MS = 60_000;

/** The n-th subject, and the external id of its customer where there is one. */
export function subjectOf(index: number): string {
  return `customer-${index}`;
}

/** Makes events of 1,000 subjects. */
export function makeEvents({ seed, events, until }: EventPlan): BenchEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: events }, (_, index) => ({
    id: `${seed}-${String(index).padStart(8, '0')}`,
    subject: subjectOf(random.integer(0, SUBJECTS - 1)),
    time: new Date(until.getTime() - random.integer(0, SPREAD_MS - 1)).toISOString(),
    dataJson: `{"model":"m${random.integer(0, 4)}","tokens":${random.integer(1, 4_000)},"user":"u${random.integer(0, 99)}"}`,
  }));
}

/** The event as a client sends it. */
export function renderEvent({ id, subject, time, dataJson }: BenchEvent): string {
  return `{"specversion":"1.0","id":"${id}","source":"${EVENT_SOURCE}","type":"${EVENT_TYPE}","subject":"${subject}","time":"${time}","data":${dataJson}}`;
}
