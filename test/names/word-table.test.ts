import { describe, expect, it } from 'vitest';
import { wordTable } from '../../src/names/word-table.js';

describe('the words of a table', () => {
  it.each([
    ['id,name,notes', 1],
    ['Rank;"Key Word"', 1],
    ['nickname,score', 0],
    ['Domain Name\tname', 0],
    ['acme,name.example', 0],
    ['acme', 0],
    ['Wort', 0],
    ['1,nest', 1],
    ['1;2', 0],
    ['x'.repeat(3000), 0],
  ])('are in the column with their head: %s', (top, column) => {
    expect(wordTable([top]).column).toBe(column);
  });

  it.each<[what: string, lines: string[], called: string]>([
    ['numbers before them', ['1,nest', '2,mond'], 'column 2'],
    ['five dice before them', ['11111\tabacus', '11112\tabdomen'], 'column 2'],
    [
      'heads over numbers',
      ['sep=;', 'Lfd;Bezeichnung;Bemerkung', '1;Wolke;schön', '2;Stern;', '3;Mond;x'],
      'column 2, `Bezeichnung`',
    ],
    ['heads that are words as well', ['nest;Punkte', 'Wolke;3', 'Stern;4'], 'column 1, `nest`'],
    ['heads of another language', ['"Bemerkung","Wort"', 'a,Wolke', 'b,Stern'], 'column 2, `Wort`'],
    ['heads, one of them English', ['id,word', '1,acme'], 'column 2, `word`'],
    ['no heads', ['nest,good', 'mond,bad'], 'column 1'],
    ['a word among numbers', ['nest,3', 'mond,4', 'a,5'], 'column 1'],
    ['numbers that are words', ['404,not found', '360,all round'], 'column 1'],
    ['words that are numbers', ['2048,game', 'nest,home', 'mond,moon'], 'column 1'],
  ])('are found: %s', (_, lines, called) => {
    expect(wordTable(lines).called).toBe(called);
  });

  it('have no column where there is only one, or most rows have a whole name', () => {
    expect(wordTable(['nest', 'mond']).called).toBeUndefined();
    expect(wordTable(['company,domain', 'acme,a.example', 'x,b.example']).called).toBeUndefined();
  });
});
