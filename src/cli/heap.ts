/** What V8 is told about its memory. */

import { setFlagsFromString } from 'node:v8';

/**
 * Verdicts by the million leave their garbage in V8's old generation, which by default may grow to
 * several times what lives before it is looked through: 40 MB more at the peak, for 5 % less CPU. In
 * a download of 100,000 files it is 54 MB and 3 %; a short one would pay more for less.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}
