/** The text that base64, or its URL-safe variant, stands for, one character per byte; null when it is no text. Padding may be missing. */
export function decodeBase64(run: string): string | null {
  const standard = run.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (standard.length % 4 === 1) return null;
  const decoded = atob(standard);
  return /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(decoded) ? decoded : null;
}
