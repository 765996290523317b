/** What the process says and does when something goes wrong that no code expects. */

import { describe, expect, it } from 'vitest';
import { startFlagprobe } from '../support/cli.js';

/** Has the process run a script of the test before its own code. */
const preload = (script: string) => ({
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}`,
});

describe('an exception that nothing has caught', () => {
  it.each([
    ['thrown', 'throw new TypeError("planted\\nhere")'],
    ['a rejection', 'Promise.reject(new TypeError("planted\\nhere"))'],
  ])('%s: the results so far are written, one line says so, exit code 4', async (_, fault) => {
    const script = `process.once('SIGUSR2', () => { ${fault} });`;
    const args = ['probe', '-', '-r', 'local', '-f', 'tsv'];
    const { child, printed, ended } = startFlagprobe(args, preload(script));
    child.stdin.write('def.dev\n');
    await printed('def.dev\tfound\n');
    child.kill('SIGUSR2');
    const { stdout, stderr, code } = await ended;
    expect(stderr.split('\n').at(-2)).toMatch(
      /^flagprobe: this is a bug: TypeError: planted here, at /,
    );
    expect(stdout).toBe('def.dev\tfound\n');
    expect(code).toBe(4);
  });
});
