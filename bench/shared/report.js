/** What the measurements print: tables in Markdown, and what goes on meanwhile. */

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')}\n`;
}

/** A number with its thousands apart; a dash where there is none. @param {number} number */
export const whole = (number) =>
  Number.isFinite(number) ? Math.round(number).toLocaleString('en-US') : '–';

/** @param {number} number @param {number} [digits] after the point */
export const decimal = (number, digits = 2) =>
  Number.isFinite(number) ? number.toFixed(digits) : '–';

/** Prints on standard error, beside the tables. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
