/** Bare names or paths, one a line, for xargs. */

import { type Formats, printable, wholeLines } from './format.js';

export const names: Formats = {
  probe: () => ({
    only: ['found'],
    line: (result) => `${printable(result.name)}\n`,
    namesIn: wholeLines,
  }),
  download: () => ({
    only: ['ok', 'unchanged'],
    line: (result) => `${printable('file' in result ? result.file : result.code || result.url)}\n`,
  }),
};
