/** The options that coordinator and workers of a fleet share. */

import { isRunName } from '../fleet/protocol.js';
import { isRedisUrl, withoutPassword } from '../fleet/redis.js';
import { type Rule, wrong } from '../options/rule.js';

const expected = 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS';

export const redisRule: Rule<string> = {
  expected,
  or: '',
  allows: (value) => typeof value === 'string' && isRedisUrl(value),
  read(text) {
    if (!isRedisUrl(text)) throw wrong('--redis', expected, withoutPassword(text));
    return text;
  },
};

export const runRule: Rule<string> = {
  expected: 'up to 64 letters, digits, dots, - and _',
  or: 'default',
  allows: (value) => typeof value === 'string' && isRunName(value),
  read: (text) => (isRunName(text) ? text : undefined),
};
