/**
 * Key of the advisory lock that folds hold shared, a large one alone if it can at once. Whoever holds it alone finds every commit either folded for all meters or still pending, and no
 * fold that has seen less than what is committed.
 */
export const FOLD_LOCK = `hashtext('tallymark.fold')`;
