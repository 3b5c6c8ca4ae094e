import { describe, expect, it } from '@jest/globals';
import { createLines } from './progress.js';

describe('createLines', () => {
  it('prints a line at every fifth of the way, and none at the end', () => {
    let written = '';
    const progress = createLines({ write: (text) => (written += text) }, 'events', 1_000);
    for (let sent = 0; sent < 1_000; sent += 100) progress.advance(100);
    progress.end();
    expect(written.trim().split(/\n\s*/)).toEqual([
      'events: 200 of 1000',
      'events: 400 of 1000',
      'events: 600 of 1000',
      'events: 800 of 1000',
    ]);
  });
});
