/** The texts about the program itself: help and the version. */

import { readFileSync } from 'node:fs';
import { RunError, systemReason } from './exit-codes.js';

/** Prints help or the version. A reader who has left (`| head -1`) has read enough. */
export function print(text: string): Promise<void> {
  process.stdout.on('error', () => {});
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(new RunError(`cannot write standard output: ${systemReason(error)}`));
    });
  });
}

export function version(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
