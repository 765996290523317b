/**
 * Builds a clone after `npm ci`. `npm pack` and `npm publish` have built it by `prepack`; and without
 * what `--omit=dev` leaves out there is nothing to build with.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isPacking = ['pack', 'publish'].includes(process.env.npm_command ?? '');
if (!isPacking && existsSync('node_modules/typescript')) {
  const isWindows = process.platform === 'win32';
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: isWindows });
}
