import type { Socket } from 'node:net';

/** Who wants to know, by connection. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once a connection is gone. A response that waits behind another on its connection is told of nothing when that connection is cut, so who
 * counts requests has to look at the connection itself. Each connection gets one listener, however many requests it carries.
 *
 * @returns the way to call it off.
 */
export function onceGone(socket: Socket, notify: () => void): () => void {
  let callbacks = waiting.get(socket);
  if (callbacks === undefined) {
    const all = new Set<() => void>();
    callbacks = all;
    waiting.set(socket, all);
    socket.once('close', () => {
      for (const callback of all) callback();
      all.clear();
    });
  }
  callbacks.add(notify);
  return () => void callbacks.delete(notify);
}
