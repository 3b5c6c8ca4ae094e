import type { ReactNode } from 'react';
import type { UsageLevel } from '../figures/usage-level.js';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** A shape for each level, so that they differ without colour. */
export function LevelIcon({ level, isOver }: { level: UsageLevel; isOver: boolean }) {
  if (isOver) {
    return (
      <Icon>
        <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" />
        <path d="M8 11.5v-7M5.2 7.2 8 4.4l2.8 2.8" />
      </Icon>
    );
  }
  if (level === 'green') {
    return (
      <Icon>
        <circle cx="8" cy="8" r="6.5" />
        <path d="m5 8.2 2.1 2.1L11 6.2" />
      </Icon>
    );
  }
  return level === 'yellow' ? (
    <Icon>
      <circle cx="8" cy="8" r="6.5" />
      <path d="M8 4.5V8l2.4 1.6" />
    </Icon>
  ) : (
    <WarningIcon />
  );
}

export function WarningIcon() {
  return (
    <Icon>
      <path d="M8 1.8 15 14H1z" />
      <path d="M8 6.2v3.6M8 11.8v.2" />
    </Icon>
  );
}

/** Four strokes and one across. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true" focusable="false">
      <rect className="logo-ground" width="32" height="32" rx="8" />
      <path className="logo-strokes" d="M8 8.5v15M13.3 8.5v15M18.7 8.5v15M24 8.5v15M5 21.3 27 10.7" />
    </svg>
  );
}
