import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';

const commands = ['probe', 'download', 'worker', 'serve', 'completion'];
const widths = [40, 60, 80, 160];

/** The help of a command, without the command lines of its examples, which stand as they are. */
async function proseOf(command: string, columns: number): Promise<string> {
  const { stdout, code } = await runInProcess([command, '--help'], columns);
  expect(code).toBe(0);
  return stdout.replaceAll(/^ {4}flagprobe .*\n/gm, '');
}

describe('help', () => {
  it.each(commands.flatMap((command) => widths.map((width) => [command, width] as const)))(
    '%s fits %i columns, and says the same as in 80',
    async (command, width) => {
      const text = await proseOf(command, width);
      const longest = Math.max(...text.split('\n').map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.min(width, 100));
      const words = (prose: string) => prose.split(/\s+/);
      expect(words(text)).toEqual(words(await proseOf(command, 80)));
    },
  );

  it('is not narrower than 40 columns', async () => {
    expect(await proseOf('probe', 10)).toBe(await proseOf('probe', 40));
  });

  it.each([
    [
      'probe',
      [
        'Names:',
        'Queries:',
        'Resolvers:',
        'Pace:',
        'Registration:',
        'Output:',
        'Long runs:',
        'Fleet:',
      ],
    ],
    [
      'download',
      ['What to download:', 'Where from and to:', 'Requests:', 'What to save:', 'Output:'],
    ],
  ])('%s has its options in groups, and examples at its end', async (command, groups) => {
    const text = await proseOf(command, 80);
    const headings = [...text.matchAll(/^[A-Z][\w ]*:$/gm)].map(([heading]) => heading);
    expect(headings).toEqual(['Arguments:', ...groups, 'Options:', 'Examples:']);
    // Only help itself is in no group.
    expect(/^Options:\n(.*)\n\n/m.exec(text)?.[1]).toMatch(/^ {2}-h, --help/);
  });

  it.each(commands)('every example of %s is a command line that is understood', async (command) => {
    const { stdout } = await runInProcess([command, '--help'], 160);
    const lines = [...stdout.matchAll(/^ {4}flagprobe (.*)$/gm)].map(([, line]) => line as string);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      // A wrong option ends with 2 before help is printed.
      const { code, stderr } = await runInProcess([...line.split(' '), '--help']);
      expect([stderr, code]).toEqual(['', 0]);
      expect(line.split(' ')[0]).toBe(command);
    }
  });
});
