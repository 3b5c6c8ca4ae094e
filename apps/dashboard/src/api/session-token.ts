const STORAGE_KEY = 'tallymark.token';

/** The parts of a browser window that a token passes through. */
export interface TokenPlaces {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'replaceState' | 'state'>;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/**
 * The token this tab works with: one in the address (`#token=…`) is taken out of it, so that it stands in no history, screenshot or shared link,
 * and is kept until the tab is closed. Fragments never reach a server.
 *
 * @returns null when there is none.
 */
export function takeToken({ location, history, sessionStorage }: TokenPlaces): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')?.trim();
  if (given === undefined) return sessionStorage.getItem(STORAGE_KEY);
  history.replaceState(history.state, '', location.pathname + location.search);
  if (given === '') return sessionStorage.getItem(STORAGE_KEY);
  keepToken(sessionStorage, given);
  return given;
}

/** Keeps a token until the tab is closed. */
export function keepToken(sessionStorage: Pick<Storage, 'setItem'>, token: string): void {
  sessionStorage.setItem(STORAGE_KEY, token);
}

/** Forgets the token of this tab. */
export function forgetToken(sessionStorage: Pick<Storage, 'removeItem'>): void {
  sessionStorage.removeItem(STORAGE_KEY);
}

/** A pasted token in the form to send: without the spaces, the `Bearer` or the line breaks that come along with copying. */
export function cleanToken(pasted: string): string {
  return pasted.replace(/^\s*Bearer\s+/i, '').replace(/\s+/g, '');
}

/** Whether text can stand in an Authorization header (RFC 6750 section 2.1); anything else would fail before it is sent. */
export function isTokenText(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
}
