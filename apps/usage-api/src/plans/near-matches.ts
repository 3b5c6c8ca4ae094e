const MAX_MATCHES = 3;
const MAX_DISTANCE = 2;

/** The known codes that a mistyped one may have meant, nearest first: few edits away, or one contained in the other. */
export function nearMatches(code: string, known: readonly string[]): string[] {
  return known
    .map((candidate) => ({ candidate, distance: candidate.includes(code) || code.includes(candidate) ? 1 : editDistance(code, candidate) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_MATCHES)
    .map(({ candidate }) => candidate);
}

/** Levenshtein: the fewest insertions, deletions and replacements that turn one text into the other. Codes are short, so the plain table does. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}
