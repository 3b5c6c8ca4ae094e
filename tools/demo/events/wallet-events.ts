import { createRandom } from '../random.js';
import { type DemoEvent, demoEvent, type DemoSpan, inOrder } from './demo-event.js';

const MONTHS = 13;
const FIRST_MONTH_WALLETS = 120;
const MONTHLY_GROWTH = 1.13;
/** Of the wallets of a month, so many were there the month before. */
const RETURNING_SHARE = 0.7;

/** Wallets at work in the last 13 months: more each month, most of them returning, each one to three times a month. */
export function buildWalletEvents(subject: string, span: DemoSpan): DemoEvent[] {
  const events: DemoEvent[] = [];
  let known: string[] = [];
  for (let index = 0; index < MONTHS; index += 1) {
    const month = Date.UTC(span.to.getUTCFullYear(), span.to.getUTCMonth() - MONTHS + 1 + index, 1);
    const next = Date.UTC(span.to.getUTCFullYear(), span.to.getUTCMonth() - MONTHS + 2 + index, 1);
    const name = new Date(month).toISOString().slice(0, 7);
    const random = createRandom(`wallets ${name}`);
    const wanted = Math.round(FIRST_MONTH_WALLETS * MONTHLY_GROWTH ** index);
    const returning = known.filter(() => random.next() < RETURNING_SHARE).slice(0, wanted);
    const joining = Array.from({ length: wanted - returning.length }, (_, number) => `wallet-${name}-${number + 1}`);
    known = [...returning, ...joining];
    for (const walletId of known) {
      const visits = random.integer(1, 3);
      for (let visit = 1; visit <= visits; visit += 1) {
        const at = month + Math.floor(random.next() * (next - month));
        events.push(demoEvent({ id: `${walletId}-${name}-${visit}`, type: 'wallet.active', subject, at, data: { walletId } }));
      }
    }
  }
  return inOrder(events, span);
}
