/** Whether a stream of the process is a pipe. */

import { fstatSync } from 'node:fs';
import type { InputStream, OutputStream } from './streams.js';

/** Whether it is a FIFO, as between the commands of a shell. */
export function isPipe({ fd }: InputStream | OutputStream): boolean {
  return fd !== undefined && fstatSync(fd).isFIFO();
}
