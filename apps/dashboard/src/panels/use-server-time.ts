import { useEffect, useState } from 'react';
import type { ApiClient } from '../api/api-client.js';

const TICK_MS = 1_000;

/** The time at the server, told anew every second. */
export function useServerTime(client: ApiClient): Date {
  const [now, setNow] = useState(client.serverTime);
  useEffect(() => {
    const timer = setInterval(() => setNow(client.serverTime()), TICK_MS);
    return () => clearInterval(timer);
  }, [client]);
  return now;
}
