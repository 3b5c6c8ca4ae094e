/** The `Link` header (RFC 8288) of an answer that has no place for a cursor: the same request from the cursor on. */
export function nextPageLink(url: string, cursor: string): string {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  return `<${path}?${query.toString()}>; rel="next"`;
}
