import { useState } from 'react';

/** A command to paste into a shell. */
export function Command({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  // Browsers offer the clipboard to secure origins alone.
  const canCopy = typeof navigator.clipboard?.writeText === 'function';
  return (
    <div className="command">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      {canCopy ? (
        <button
          type="button"
          className="quiet-button"
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      ) : null}
    </div>
  );
}
