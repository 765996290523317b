/** Lines for a terminal, broken between words: by itself it breaks within them. */

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The text in lines that fit, if it goes to a terminal. A word that is longer than a line stays whole. */
export function terminalLines(text: string, { isTTY, columns = 0 }: Terminal): string {
  if (!isTTY || columns === 0) return text;
  return text
    .split('\n')
    .map((line) => (line.length <= columns ? line : filled(line.split(' '), columns)))
    .join('\n');
}

function filled(words: readonly string[], columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const [i, word] of words.entries()) {
    if (i > 0 && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line += i > 0 ? ` ${word}` : word;
    }
  }
  return [...lines, line].join('\n');
}
