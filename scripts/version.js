/** Writes `src/core/version.ts` from package.json. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const target = new URL('../src/core/version.ts', import.meta.url);
const manifest = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
const text = `/** Written by \`scripts/version.js\`. */\n\nexport const VERSION = '${version}';\n`;

// A source that is newer than the build would have it made again.
const isThere = existsSync(target) && readFileSync(target, 'utf8') === text;
if (!isThere) writeFileSync(target, text);
