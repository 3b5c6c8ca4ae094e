/** Limits of one event and one request. Stated in the OpenAPI document and quoted in errors. */
export const EVENT_LIMITS = {
  eventsPerRequest: 1_000,
  requestBytes: 5_000_000,
  /** Of `id`, `source`, `type` and `subject`, in UTF-16 units. */
  attributeLength: 256,
  dataBytes: 65_536,
  /** How far ahead of ours a sender's clock may run. */
  futureSkewSeconds: 300,
} as const;

/** An event in the form in which it is kept (CloudEvents 1.0, JSON data). */
export interface UsageEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** RFC 3339 in UTC with microseconds, as sent (finer digits are cut off); null when the event bore none. */
  readonly time: string | null;
  /** The `data` member as JSON text, so that no number loses a digit; null when absent. */
  readonly dataJson: string | null;
}

/** What became of an event. */
export const EVENT_VERDICTS = ['stored', 'duplicate', 'conflict', 'rejected'] as const;
export type EventVerdict = (typeof EVENT_VERDICTS)[number];
