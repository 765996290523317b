import { describe, expect, it } from 'vitest';
import { recordTypes, typeName, typeNumber } from '../../src/dns/types.js';

describe('typeNumber', () => {
  it.each([
    ['A', 1],
    ['aaaa', 28],
    ['Mx', 15],
    ['TYPE65', 65],
    ['type1', 1],
    ['TYPE65535', 65_535],
    ['TYPE0', undefined],
    ['TYPE01', undefined],
    ['TYPE65536', undefined],
    ['TYPE', undefined],
    ['TYPE41', undefined],
    ['TYPE255', undefined],
    ['TYPE127', 127],
    ['TYPE128', undefined],
    ['TYPE256', 256],
    ['ANY', 255],
    ['OPT', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, number) => {
    expect(typeNumber(text)).toBe(number);
  });
});

describe('typeName', () => {
  it('is the mnemonic, or the number behind TYPE', () => {
    expect(typeName(28)).toBe('AAAA');
    expect(typeName(999)).toBe('TYPE999');
  });

  it.each(recordTypes)('%s comes back from its number', (type) => {
    expect(typeName(typeNumber(type) as number)).toBe(type);
  });
});
