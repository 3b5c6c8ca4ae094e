import { messageOf } from '../../stack/stack-error.js';
import type { HttpConnection } from './http-connection.js';
import type { FromLoadProcess, Load, ToLoadProcess } from './load-plan.js';
import { renderLoad, type RenderedRequest } from './render-load.js';
import { openConnections, runLoad } from './run-load.js';

/** The process that makes load, so that what is measured does not share an event loop with it. */
interface Prepared {
  readonly load: Load;
  readonly requests: RenderedRequest[];
  readonly connections: HttpConnection[];
}

let prepared: Prepared | undefined;

process.on('message', (message: ToLoadProcess) => {
  handle(message).then(tell, (error: unknown) => tell({ kind: 'failed', message: messageOf(error) }));
});
process.on('disconnect', () => process.exit(0));

async function handle(message: ToLoadProcess): Promise<FromLoadProcess> {
  if (message.kind === 'prepare') {
    const { load } = message;
    prepared = { load, requests: renderLoad(load), connections: await openConnections(load) };
    return { kind: 'prepared' };
  }
  if (prepared === undefined) throw new Error('there is nothing to start; expected a load to be prepared first');
  const { load, requests, connections } = prepared;
  prepared = undefined;
  try {
    return { kind: 'done', result: await runLoad(load, requests, connections) };
  } finally {
    for (const connection of connections) connection.close();
  }
}

function tell(message: FromLoadProcess): void {
  process.send?.(message);
}
