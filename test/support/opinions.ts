import type { Opinion } from '../../src/resolver/conclusion.js';

/** `f0 d1 d2`: resolver 0 has found it, 1 and 2 denied it. */
export const opinions = (text: string): Opinion[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word) => ({ resolver: `r${word.slice(1)}`, isFound: word[0] === 'f' }));
