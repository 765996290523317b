import { describe, expect, it } from 'vitest';
import { TextList } from '../../src/core/text-list.js';

const texts = Array.from({ length: 2500 }, (_, i) => `text ${i}`);
const listOf = () => new TextList(texts);

describe('TextList', () => {
  it('gives what was added, in pages and in order', () => {
    const list = new TextList(texts.slice(0, 999));
    list.add([]);
    list.add(texts.slice(999));
    const pages = [...list.drain()];
    expect(pages.flat()).toEqual(texts);
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500]);
  });

  it('lets go of what it has given, and still knows how many it was', () => {
    const list = listOf();
    const taken = list.drain();
    taken.next();
    expect([...list.drain()].flat()).toEqual(texts.slice(1000));
    expect([...taken]).toEqual([]);
    expect(list.length).toBe(2500);
  });

  it.each([0, 999, 1000, 2499, 2500, -1, -2500])('has a text at %i where an array has', (index) => {
    expect(listOf().at(index)).toBe(texts.at(index));
  });

  it('gives those that are wanted, and keeps all', () => {
    const list = listOf();
    const isWanted = (text: string) => text.endsWith('99');
    expect([...list.those(isWanted)]).toEqual(texts.filter(isWanted));
    expect([...list.drain()].flat()).toEqual(texts);
  });

  it('filters, and asks each text', () => {
    const list = listOf();
    const visited: string[] = [];
    list.forEach((text) => {
      visited.push(text);
    });
    expect(visited).toEqual(texts);
    const even = (text: string) => /[02468]$/.test(text);
    expect([...list.filter(even).drain()].flat()).toEqual(texts.filter(even));
  });

  it('holds no text as an empty list, and an empty text as a text', () => {
    expect([...new TextList().drain()]).toEqual([]);
    expect(new TextList().at(-1)).toBeUndefined();
    expect([...new TextList(Array(1001).fill('')).drain()].flat()).toHaveLength(1001);
  });
});
