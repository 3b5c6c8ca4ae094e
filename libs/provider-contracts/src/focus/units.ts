/** Abbreviations of data sizes, which are written as they are: B, KB … EB, KiB … EiB and the same in bits. */
const DATA_SIZE = /^[KMGTPE]?i?[Bb]$/;

/**
 * A unit in the specification's form: capitalised, `calls` → `Calls`, `gb-hours` → `Gb-Hours`. Abbreviations of data sizes and words that have
 * capitals already stay as they are.
 */
export function focusUnit(unit: string): string {
  return unit.replaceAll(/[^\s-]+/gu, (word) => (DATA_SIZE.test(word) || /\p{Lu}/u.test(word) ? word : capitalise(word)));
}

function capitalise(word: string): string {
  const [first = '', ...rest] = [...word];
  return `${first.toUpperCase()}${rest.join('')}`;
}
