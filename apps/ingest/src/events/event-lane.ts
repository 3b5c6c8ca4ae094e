import type { EventRows } from '@tallymark/persistence';
import type { EventOutcome } from '@tallymark/provider-contracts';
import type { FastRoute } from '@tallymark/service-kit';
import { answerEvents, EVENTS_PATH, SENDING_SCOPES } from './answer-events.js';
import type { EventsService } from './events.service.js';

/** As clients write them. Whoever writes them otherwise is served as well, the ordinary way. */
const CONTENT_TYPES: ReadonlySet<string> = new Set(
  ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'].flatMap((type) => [
    type,
    `${type}; charset=utf-8`,
    `${type};charset=utf-8`,
    `${type}; charset=UTF-8`,
    `${type};charset=UTF-8`,
  ]),
);

/** Our own route for events in the fast lane: the same service and the same answers as the controller's `send`. */
export function eventLane(events: EventsService): FastRoute {
  return {
    path: EVENTS_PATH,
    scopes: SENDING_SCOPES,
    contentTypes: CONTENT_TYPES,
    expectRoom: (principal) => events.expectRoom(principal),
    answer: (principal, request) => {
      const rows = events.readPlain(principal, request);
      if (rows !== undefined) return answerPlain(events, rows);
      return answerOrdinary(events.accept(principal, { ...request, body: request.body.toString('utf8') }));
    },
  };
}

/** By itself, so that no body is held while its rows wait for their commit. */
function answerPlain(events: EventsService, rows: EventRows): Promise<string | Buffer> {
  return events.keepPlain(rows).then((plain) => (Buffer.isBuffer(plain) ? plain : JSON.stringify(answerEvents(plain))));
}

async function answerOrdinary(outcomes: Promise<EventOutcome[]>): Promise<string> {
  return JSON.stringify(answerEvents(await outcomes));
}
