/** The texts about the program itself: help and the version. */

import { RunError, systemReason } from '../core/run-error.js';
import type { OutputStream } from './streams.js';

/** Prints a text about the program. A reader that has left (`| head -1`) has read enough. */
export function print(stdout: OutputStream, text: string): Promise<void> {
  stdout.on('error', () => {});
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(new RunError(`cannot write standard output: ${systemReason(error)}`));
    });
  });
}
