/** Two columns, as the TLD check of old: found at the left, not found at the right. */

import { type Formats, printable, typedForm } from './format.js';

export const columns: Formats = {
  probe: ({ registration, isTerminal }) => ({
    head: registration
      ? 'FOUND\t\tNOT FOUND\tREGISTRATION\n=====\t\t=========\t============\n'
      : 'FOUND\t\tNOT FOUND\n=====\t\t=========\n',
    line(result) {
      const typed = isTerminal ? typedForm(result) : undefined;
      const name = printable(result.name) + (typed === undefined ? '' : ` (${typed})`);
      const third = registration ? (result.registrationReason ?? result.registration ?? '') : '';
      switch (result.status) {
        case 'found':
          return registration ? `${name}\t\t\t${third}\n` : `${name}\n`;
        case 'missing':
          return registration ? `\t\t${name}\t${third}\n` : `\t\t${name}\n`;
        case 'unknown':
          return `? ${name}\t${result.reason}\n`;
        case 'invalid':
          return `! ${name}\t${result.reason}\n`;
      }
    },
  }),
};
