import pg from 'pg';

/** Channels on which PostgreSQL tells that there is work: new commits, new meters, statements to refresh, corrections to make. */
export type NotificationChannel = 'tallymark_commit' | 'tallymark_meter' | 'tallymark_statement' | 'tallymark_correction';

const RECONNECT_MS = 1_000;

/**
 * Calls `onNotify` whenever PostgreSQL notifies one of the channels, over a connection of its own that is opened again when it breaks.
 *
 * Notifications are hints that make work start sooner. They may be lost while the connection is away, so a worker polls as well.
 */
export function listenForNotifications(
  url: string,
  channels: readonly NotificationChannel[],
  onNotify: (channel: NotificationChannel) => void,
): { close(): Promise<void> } {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'tallymark-listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client = next;
    next.on('notification', ({ channel }) => onNotify(channel as NotificationChannel));
    next.once('error', reconnect);
    next.once('end', reconnect);
    try {
      await next.connect();
      for (const channel of channels) await next.query(`LISTEN ${channel}`);
    } catch {
      reconnect();
    }
  };
  const reconnect = (): void => {
    if (closed || timer !== undefined) return;
    const broken = client;
    broken?.removeAllListeners();
    broken?.on('error', () => undefined);
    void broken?.end().catch(() => undefined);
    timer = setTimeout(() => {
      timer = undefined;
      if (!closed) void connect();
    }, RECONNECT_MS);
  };

  void connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
