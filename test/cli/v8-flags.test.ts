import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const module = new URL('../../dist/cli/v8-flags.js', import.meta.url);

/** Half of what is made lives for a while, as names in flight do. */
const script = `
  import { setTimeout } from 'node:timers/promises';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { tuneForNames } from '${module}';
  tuneForNames(Number(process.argv[1]));
  const alive = [];
  let most = 0;
  for (let turn = 0; turn < 200; turn++) {
    for (let i = 0; i < 10_000; i++) alive[(turn * 5_000 + i) % 40_000] = { turn, i, texts: ['a' + i, 'b' + i] };
    await setTimeout(2);
    for (const { space_name, space_size } of getHeapSpaceStatistics()) {
      if (space_name === 'new_space') most = Math.max(most, space_size);
    }
  }
  process.stdout.write(String(most / 1024 / 1024));
`;

async function youngMegabytes(resolvers: number): Promise<number> {
  const args = ['--input-type=module', '-e', script, String(resolvers)];
  return Number((await run(process.execPath, args)).stdout);
}

describe('tuneForNames', () => {
  it('bounds the young generation where resolvers are many', async () => {
    const [few, many] = await Promise.all([youngMegabytes(1), youngMegabytes(1000)]);
    expect(many).toBeLessThan(few * 0.75);
  });
});
