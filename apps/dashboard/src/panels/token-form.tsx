import { type FormEvent, useId, useState } from 'react';
import { cleanToken, isTokenText } from '../api/session-token.js';
import { TopBar } from './top-bar.js';

/** Why there is no token to work with. */
export type MissingToken = 'none' | 'expired' | 'left';

const TITLES: Readonly<Record<MissingToken, string>> = {
  none: 'See your usage',
  expired: 'Your session has expired',
  left: 'You are signed out',
};
const EXPLANATIONS: Readonly<Record<MissingToken, string>> = {
  none: 'Open this page from the product you use, or paste the token that it gave you.',
  expired: 'The token is no longer accepted. Open the page again from your product, or paste a new token.',
  left: 'This tab has forgotten your token. Paste one to come back.',
};

/** Asks for a token. It is sent nowhere but in the Authorization header of this page's own requests. */
export function TokenForm({ reason, onToken }: { reason: MissingToken; onToken: (token: string) => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const token = cleanToken(text);
    if (isTokenText(token)) return onToken(token);
    setProblem(token === '' ? 'Paste a token first.' : 'This is no token: it holds characters that a token never has.');
  };
  return (
    <>
      <TopBar />
      <main className="gate" data-testid={reason === 'expired' ? 'expired' : 'gate'}>
        <h1>{TITLES[reason]}</h1>
        <p>{EXPLANATIONS[reason]}</p>
        <form onSubmit={submit} noValidate>
          <label htmlFor={id}>Customer token</label>
          <textarea
            id={id}
            value={text}
            rows={4}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="none"
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : `${id}-problem`}
            onChange={(event) => setText(event.target.value)}
          />
          {problem === null ? null : (
            <p id={`${id}-problem`} className="field-problem" role="alert">
              {problem}
            </p>
          )}
          <button type="submit">Show usage</button>
        </form>
        <p className="fine-print">It stays in this tab, and is gone when you close it.</p>
      </main>
    </>
  );
}
