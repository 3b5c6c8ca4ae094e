import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { firstEventCommand, readUsageCommand, shellQuote } from './shell-command.js';

describe('shellQuote', () => {
  it.each(['plain', '', "it's", '$HOME `id` "x" \\', 'two\nlines', "'; rm -rf /; '"])('a shell reads %j back as it was', (text) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(text)}`], { encoding: 'utf8' })).toBe(text);
  });
});

describe('commands', () => {
  it('the first event is a CloudEvent of the subject, whatever its name', () => {
    const command = firstEventCommand({ origin: 'https://usage.example', subject: `o'neil "x"` });
    expect(command.startsWith(`curl -sS -X POST 'https://usage.example/platform/v1/events' \\\n`)).toBe(true);
    const words = execFileSync('/bin/sh', ['-c', command.replace('curl', `printf '%s\\n'`)], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(JSON.parse(words.at(-1) ?? '')).toMatchObject({ specversion: '1.0', subject: `o'neil "x"` });
  });

  it('reading usage leaves the token to the shell', () => {
    expect(readUsageCommand('https://usage.example')).toBe(
      `curl -sS 'https://usage.example/api/billing/usage' -H "Authorization: Bearer $TOKEN"`,
    );
  });
});
