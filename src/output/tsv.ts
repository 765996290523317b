/** Name TAB status and nothing else, ever: `while read -r name status`. */

import { type Formats, firstColumn, printable, wholeLines } from './format.js';

export const tsv: Formats = {
  probe: () => ({
    line: (result) => `${printable(result.name)}\t${result.status}\n`,
    namesIn: (text) => wholeLines(text)?.map(firstColumn),
  }),
  download: () => ({
    line: (result) => `${printable(result.code || result.url)}\t${result.status}\n`,
  }),
};
