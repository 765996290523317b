/**
 * Every command that the documents show is run, and prints what they say it prints. After a change
 * of the output, `npx vitest run test/docs -u` writes what is printed now into the documents.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { saveInOneThread } from '../support/one-saver-thread.js';
import { countCommands, replayed } from '../support/transcripts.js';

saveInOneThread();

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`)
    // Beside them is the reference that typedoc may have written.
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].filter((path) => countCommands(readFileSync(root + path, 'utf8')) > 0);

describe('a document prints what the command prints', () => {
  it('in several documents', () => {
    expect(documents).toContain('README.md');
    expect(documents.length).toBeGreaterThan(3);
  });

  it.each(documents)('%s', async (path) => {
    const text = await replayed(readFileSync(root + path, 'utf8'));
    await expect(text).toMatchFileSnapshot(root + path);
  });

  it('not where a line is wrong, too much, or left out', async () => {
    const of = (...lines: string[]) =>
      ['```console', '$ echo a; echo b', ...lines, '```'].join('\n');
    const right = of('a', 'b');
    for (const wrong of [of('a'), of('a', 'c'), of('a', 'b', 'b'), of('…', 'c')]) {
      expect(await replayed(wrong)).toBe(right);
    }
    expect(await replayed(of('b', '…'))).toBe(of('b', '…'));
  });
});
