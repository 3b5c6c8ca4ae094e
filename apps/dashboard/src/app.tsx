import { useEffect, useState } from 'react';
import { forgetToken, keepToken, takeToken } from './api/session-token.js';
import { type MissingToken, TokenForm } from './panels/token-form.js';
import { Session } from './session.js';

/** The usage page, or the question for a token. */
export function App() {
  const [token, setToken] = useState(() => takeToken(window));
  const [missing, setMissing] = useState<MissingToken>('none');

  // A new link pasted into the address bar of this tab changes the fragment alone, which loads nothing.
  useEffect(() => {
    const take = (): void => setToken(takeToken(window));
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);

  const end = (reason: MissingToken): void => {
    forgetToken(window.sessionStorage);
    setMissing(reason);
    setToken(null);
  };
  const begin = (given: string): void => {
    keepToken(window.sessionStorage, given);
    setToken(given);
  };
  return token === null ? (
    <TokenForm reason={missing} onToken={begin} />
  ) : (
    <Session key={token} token={token} onExpired={() => end('expired')} onLeave={() => end('left')} />
  );
}
