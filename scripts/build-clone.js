/**
 * Builds a clone after `npm ci` and `npm install`, for npm runs the script `dependencies` there and
 * nowhere else: of `prepare`, it would warn everyone who installs a packed package. Without what
 * `--omit=dev` leaves out there is nothing to build with.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('node_modules/typescript')) {
  const isWindows = process.platform === 'win32';
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: isWindows });
}
