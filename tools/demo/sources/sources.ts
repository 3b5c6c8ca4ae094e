/** A request to a language model. */
export interface LlmRequest {
  readonly at: Date;
  /** Which of the two services took it. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A line of a web server's access log. */
export interface AccessLogEntry {
  readonly at: Date;
  readonly method: string;
  /** As requested, with query. */
  readonly target: string;
  readonly status: number;
  /** Of the answer's body; 0 where the log has none. */
  readonly bytes: number;
  /** '' where the log has none. */
  readonly referer: string;
  readonly userAgent: string;
}

/** How often something was asked for on one day. */
export interface DailyCount {
  /** Midnight UTC. */
  readonly day: Date;
  readonly count: number;
}

/** What the demo is made of. */
export interface DemoSources {
  readonly llmRequests: readonly LlmRequest[];
  readonly accessLog: readonly AccessLogEntry[];
  /** Ascending, without gaps. */
  readonly dailyCounts: readonly DailyCount[];
  /** How a day's traffic is spread: weights of equal parts of a day, from midnight on. */
  readonly dayShape: readonly number[];
  /** Names of the files that were not there, whose part was generated. */
  readonly generated: readonly string[];
}

export const DAY_MS = 86_400_000;
