import { describe, expect, it } from 'vitest';
import { normalizeExtension } from '../../src/core/image-extensions.js';

describe('normalizeExtension', () => {
  it.each([
    ['GIF', 'gif'],
    ['jpeg', 'jpg'],
    ['TIFF', 'tif'],
    ['png', 'png'],
    ['php', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('makes %j into %j', (extension, usual) => {
    expect(normalizeExtension(extension)).toBe(usual);
  });
});
