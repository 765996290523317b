/** Fuzzes the parsers of foreign bytes for longer: `npm run fuzz -- --minutes 5`. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const file = new URL('foreign-bytes.test.ts', import.meta.url).pathname;
const properties = readFileSync(file, 'utf8').match(/await fuzz\(/g)?.length ?? 1;
const totalMs = Number(values.minutes) * 60_000;
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', 'test/fuzz', '--reporter=verbose', `--testTimeout=${totalMs + 60_000}`],
  {
    stdio: 'inherit',
    env: { ...process.env, FLAGPROBE_FUZZ_MS: String(Math.ceil(totalMs / properties)) },
  },
);
process.exitCode = status ?? 1;
