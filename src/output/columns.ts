/** Two columns, as the TLD check of old: found at the left, not found at the right. */

import { type Formats, printable } from './format.js';

export const columns: Formats = {
  probe: () => ({
    head: 'FOUND\t\tNOT FOUND\n=====\t\t=========\n',
    line(result) {
      const name = printable(result.name);
      switch (result.status) {
        case 'found':
          return `${name}\n`;
        case 'missing':
          return `\t\t${name}\n`;
        case 'unknown':
          return `? ${name}\t${result.reason}\n`;
        case 'invalid':
          return `! ${name}\t${result.reason}\n`;
      }
    },
  }),
};
