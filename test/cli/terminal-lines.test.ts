import { describe, expect, it } from 'vitest';
import { terminalLines } from '../../src/cli/terminal-lines.js';
import { runInProcess } from '../support/in-process.js';

const words = 'one two three four five six seven eight';

describe('lines for a terminal', () => {
  it('are broken between words', () => {
    expect(terminalLines(words, { isTTY: true, columns: 20 })).toBe(
      'one two three four\nfive six seven eight',
    );
    expect(terminalLines(words, { isTTY: true, columns: 39 })).toBe(words);
  });

  it('are left alone elsewhere, and a word that has no room stays whole', () => {
    expect(terminalLines(words, { columns: 20 })).toBe(words);
    expect(terminalLines(words, { isTTY: true })).toBe(words);
    const long = `${'x'.repeat(50)} y`;
    expect(terminalLines(long, { isTTY: true, columns: 20 })).toBe(`${'x'.repeat(50)}\ny`);
  });

  it('hold an error in 40 columns', async () => {
    const { stderr } = await runInProcess(['probe', '--resolvr', 'x'], 40);
    for (const line of stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
    expect(stderr.replaceAll('\n', ' ')).toBe(
      'flagprobe: Expected an option of `flagprobe probe`, got `--resolvr` (did you mean `--resolver`?) ',
    );
  });
});
