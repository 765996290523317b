/** Whether results are coloured: `--color`, the terminal, NO_COLOR and FORCE_COLOR. */

import { styleText } from 'node:util';
import type { OutputStyle } from '../output/format.js';
import type { OutputStream } from './streams.js';

export const colorChoices = ['auto', 'always', 'never'] as const;
type ColorChoice = (typeof colorChoices)[number];

/**
 * How results look. Colors only on standard output: those of `auto` only for a terminal, with
 * NO_COLOR and FORCE_COLOR obeyed.
 *
 * @param stdout undefined if results go to a file
 */
export function outputStyle(
  stdout: OutputStream | undefined,
  color: ColorChoice,
  shown: Pick<OutputStyle, 'records' | 'registration'>,
): OutputStyle {
  return {
    isTerminal: stdout?.isTTY === true,
    ...shown,
    paint(colour, text) {
      if (!stdout || color === 'never') return text;
      const isAlways = color === 'always';
      return styleText(colour, text, isAlways ? { validateStream: false } : { stream: stdout });
    },
  };
}
