import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { lacks } from '../support/installed.js';

const bench = fileURLToPath(new URL('../../bench/survival/survive.js', import.meta.url));

/** The whole of it, with five seeds, is `node bench/survival/survive.js --chaos`. */
describe.skipIf(!isFull || lacks('redis-server', 'knotd'))('a fleet in chaos', () => {
  it('has one right line for each name, and leaves nothing behind', async () => {
    const args = [bench, '--chaos', '--seeds', '1', '--seconds', '30'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/"wrong":0,"missing":0,"extra":0,"unknown":0}, 0 keys left/);
  }, 300_000);
});
