import type { Socket } from 'node:net';

/** Who wants to know that a connection is gone. Most carry one request at a time, which needs no set. */
interface Waiting {
  only: (() => void) | undefined;
  readonly others: Set<() => void>;
}

const waiting = new WeakMap<Socket, Waiting>();

/**
 * Calls back once a connection is gone. A response that waits behind another on its connection is told of nothing when that connection is cut, so who
 * counts requests has to look at the connection itself. Each connection gets one listener, however many requests it carries.
 *
 * @returns the way to call it off.
 */
export function onceGone(socket: Socket, notify: () => void): () => void {
  const known = waiting.get(socket) ?? watch(socket);
  if (known.only === undefined) {
    known.only = notify;
    return () => {
      if (known.only === notify) known.only = undefined;
    };
  }
  known.others.add(notify);
  return () => void known.others.delete(notify);
}

function watch(socket: Socket): Waiting {
  const all: Waiting = { only: undefined, others: new Set() };
  waiting.set(socket, all);
  socket.once('close', () => {
    all.only?.();
    for (const callback of all.others) callback();
    all.only = undefined;
    all.others.clear();
  });
  return all;
}
