/**
 * CSV for spreadsheets: a cell that they would run as a formula gets an apostrophe in front, as OWASP
 * advises. That changes the data, so it is a format of its own: plain `csv` gives every cell as it is.
 */

import { csvWith } from './csv.js';

const FORMULA = /^[=+\-@\t\r]/;

export const csvSafe = csvWith({
  guard: (text) => (FORMULA.test(text) ? `'${text}` : text),
  restore: (cell) => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell),
});
