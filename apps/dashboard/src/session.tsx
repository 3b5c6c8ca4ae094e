import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { createApiClient } from './api/api-client.js';
import { isUnauthenticated } from './api/api-error.js';
import { UsagePage } from './usage-page.js';

interface SessionProps {
  token: string;
  onExpired: () => void;
  onLeave: () => void;
}

/** The page in the name of one token. Another token is another session, with nothing left over from the one before. */
export function Session({ token, onExpired, onLeave }: SessionProps) {
  const [{ client, queries }] = useState(() => ({
    client: createApiClient({
      token,
      fetch: (input, init) => fetch(input, init),
      monotonicMs: () => performance.now(),
      wallClockMs: () => Date.now(),
    }),
    queries: new QueryClient({
      queryCache: new QueryCache({
        onError: (error) => {
          if (isUnauthenticated(error)) onExpired();
        },
      }),
    }),
  }));
  return (
    <QueryClientProvider client={queries}>
      <UsagePage client={client} onLeave={onLeave} />
    </QueryClientProvider>
  );
}
