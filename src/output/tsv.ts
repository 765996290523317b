/**
 * Name TAB status and nothing else, ever: `while read -r name status`. With `rdap` a third column has
 * the registration; it is `-` where there is nothing that could be registered.
 */

import { type Formats, firstColumn, printable, wholeLines } from './format.js';

export const tsv: Formats = {
  probe: ({ registration }) => ({
    line(result) {
      const line = `${printable(result.name)}\t${result.status}`;
      return registration ? `${line}\t${result.registration ?? '-'}\n` : `${line}\n`;
    },
    namesIn: (text) => wholeLines(text)?.map(firstColumn),
  }),
  download: () => ({
    line: (result) => `${printable(result.code || result.url)}\t${result.status}\n`,
  }),
};
