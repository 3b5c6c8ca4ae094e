/** A CloudEvent as it is sent. */
export interface DemoEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an event of the demo is made of. */
export interface DemoEventParts {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Makes an event. Its id and content depend on the demo's input and its end alone, so that loading again finds duplicates. */
export function demoEvent({ id, type, subject, at, data }: DemoEventParts): DemoEvent {
  return { specversion: '1.0', id, source: '/tallymark/demo', type, subject, time: new Date(at).toISOString(), data };
}

/** From when on and up to when the demo's events may lie. */
export interface DemoSpan {
  /** Inclusive: older events are past the kept history. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

/** Months kept besides the current one. */
const KEPT_MONTHS = 13;

/** The span of a demo that ends now: the current month and the 13 before it. */
export function demoSpan(now: Date): DemoSpan {
  return { from: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - KEPT_MONTHS, 1)), to: now };
}

/** The events that lie in the span, in the order of time. Times have one form, so that they compare as text. */
export function inOrder(events: readonly DemoEvent[], span: DemoSpan): DemoEvent[] {
  const from = span.from.toISOString();
  const to = span.to.toISOString();
  return events.filter(({ time }) => time >= from && time < to).sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}
