import { expect, it } from 'vitest';
import { FileNotes } from '../../src/download/file-notes.js';
import { splitName } from '../../src/storage/file-name.js';

it('notes the files of URLs that have a number, or the extension of another kind of image', () => {
  const notes = new FileNotes();
  const files = [
    ['x.gif', 'x.gif', 'x.gif'],
    ['x.gif', 'x.gif', 'x_2.gif'],
    ['x.gif', 'x.gif', 'x_3.gif'],
    ['y.png', 'y.gif', 'y.gif'],
    ['z.php', 'z.php.gif', 'z.php.gif'],
    ['w.jpeg', 'w.jpeg', 'w.jpeg'],
  ] as const;
  for (const [wanted, expected, file] of files) {
    notes.noteUrlFile(file, splitName(wanted), expected);
  }
  expect(notes.renamed).toEqual({
    count: 2,
    first: [
      { wanted: 'x.gif', file: 'x_2.gif' },
      { wanted: 'x.gif', file: 'x_3.gif' },
    ],
  });
  expect(notes.retyped).toEqual({ count: 1, first: [{ wanted: 'y.png', file: 'y.gif' }] });
});

it('keeps the first few of many', () => {
  const { changed } = new FileNotes();
  for (let i = 0; i < 10; i++) changed.add(`${i}.gif`);
  expect(changed).toEqual({ count: 10, first: ['0.gif', '1.gif', '2.gif'] });
});
