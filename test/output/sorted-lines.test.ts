import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/core/model.js';
import { sortedLines } from '../../src/output/sorted-lines.js';

const result = (name: string, status = 'found') => ({ name, status }) as ProbeResult;

describe('sorted lines', () => {
  it('are held until the end', () => {
    const sorter = sortedLines('status', () => expect.unreachable());
    const given = [result('c', 'unknown'), result('b'), result('a', 'missing'), result('a')];
    expect(given.map((each) => sorter.add(each, `${each.name} ${each.status}\n`)).join('')).toBe(
      '',
    );
    expect([...sorter.end()].join('')).toBe('a found\nb found\na missing\nc unknown\n');
  });

  it('are sorted by status with those first that no registry has, where one was asked', () => {
    const sorter = sortedLines('status', () => expect.unreachable());
    for (const [status, registration] of [
      ['missing', 'reserved'],
      ['missing', 'registered'],
      ['found', 'registered'],
      ['missing', null],
      ['missing', 'unregistered'],
    ] as const) {
      const given = { ...result('a', status), registration } as ProbeResult;
      sorter.add(given, `${status} ${registration}\n`);
    }
    expect([...sorter.end()].join('').trim().split('\n')).toEqual([
      ...['missing unregistered', 'found registered', 'missing registered'],
      ...['missing reserved', 'missing null'],
    ]);
  });

  it('are sorted by the letters of a name as it was typed', () => {
    const sorter = sortedLines('length', () => expect.unreachable());
    const typed = { 'xn--wgv71a.dev': '日本', 'xn--kse-qla.dev': 'käse', 'xn--a.dev': 'xn--a.dev' };
    sorter.add({ ...result('abcdefg.dev'), input: 'abcdefg' }, 'abcdefg\n');
    for (const [name, input] of Object.entries(typed)) {
      sorter.add({ ...result(name), input }, `${input}\n`);
    }
    expect([...sorter.end()].join('')).toBe('日本\nkäse\nxn--a.dev\nabcdefg\n');
  });

  it('are given sorted when there are too many, and the rest as it comes', () => {
    let timesFull = 0;
    const sorter = sortedLines('name', () => timesFull++, 300);
    const texts = ['c', 'b', 'a', 'd', 'c'].map((name) => sorter.add(result(name), `${name}\n`));
    expect(texts).toEqual(['', '', 'a\nb\nc\n', 'd\n', 'c\n']);
    expect([...sorter.end()]).toEqual([]);
    expect(timesFull).toBe(1);
  });

  it('do not hold what is not printed', () => {
    const sorter = sortedLines('name', () => expect.unreachable(), 0);
    for (let i = 0; i < 10; i++) expect(sorter.add(result('a'), '')).toBe('');
  });
});
