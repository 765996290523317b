/** The rule of `--shard`, which both commands have. */

import { parseShard } from '../core/shard.js';
import { optional, type Rule, text } from './rule.js';

/** `2/5`: the second of five parts. */
export const shardRule: Rule<string | undefined> = optional(
  text('i/n with i from 1 to n', '1/1', (given) => parseShard(given) !== undefined),
);
