import { firstEventCommand } from '../figures/shell-command.js';
import { Command } from './command.js';

/** Nothing is counted yet: how to send the first event. */
export function FirstEvent({ title, explanation, subject }: { title: string; explanation: string; subject: string }) {
  return (
    <section className="notice" data-testid="empty">
      <h2>{title}</h2>
      <p>{explanation}</p>
      <Command text={firstEventCommand({ origin: location.origin, subject })} label="Command that sends a first event" />
      <p className="fine-print">This page notices by itself: an event is usually counted within a second.</p>
    </section>
  );
}
