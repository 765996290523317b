/** "Did you mean …?": the word of a list that a mistyped one was most likely meant to be. */

/** Words for what has another name here, and would be taken for a mistyped one. */
const SYNONYMS = new Map([
  ['free', 'unregistered'],
  ['available', 'unregistered'],
]);

/** Edits that a mistyped word may be away. */
const MAX_EDITS = 3;
/** The least share of a word that must be right. */
const MIN_SIMILARITY = 0.4;

/** ` (did you mean \`jsonl\`?)`, for the end of a message; empty if no candidate is near. */
export function didYouMean(text: string, candidates: Iterable<string>): string {
  const near = nearest(text, candidates);
  return near === undefined ? '' : ` (did you mean \`${near}\`?)`;
}

/** The candidate with the fewest edits from the text, case ignored; undefined if none is near. */
export function nearest(
  text: string,
  candidates: Iterable<string>,
  maxEdits = MAX_EDITS,
): string | undefined {
  const synonym = SYNONYMS.get(text.toLowerCase());
  if (synonym !== undefined) return [...candidates].find((candidate) => candidate === synonym);
  let best: string | undefined;
  let fewest = maxEdits + 1;
  for (const candidate of candidates) {
    const edits = editDistance(text.toLowerCase(), candidate.toLowerCase());
    const length = Math.max(text.length, candidate.length);
    if (edits < fewest && (length - edits) / length > MIN_SIMILARITY) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, no
 * part edited twice (Damerau-Levenshtein, optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwapped) edits = Math.min(edits, beforeLast[j - 2]! + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length]!;
}
