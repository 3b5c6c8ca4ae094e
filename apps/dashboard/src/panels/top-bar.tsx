import type { ReactNode } from 'react';
import { Logo } from './icons.js';

/** The page's head: what this is, whose it is, and the way out. */
export function TopBar({ children, onLeave }: { children?: ReactNode; onLeave?: () => void }) {
  return (
    <header className="top-bar">
      <span className="brand">
        <Logo />
        <span>Tallymark</span>
      </span>
      <div className="top-bar-about">{children}</div>
      {onLeave === undefined ? null : (
        <button type="button" className="quiet-button" onClick={onLeave}>
          Sign out
        </button>
      )}
    </header>
  );
}
