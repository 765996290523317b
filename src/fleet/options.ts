/** The options that the coordinator and the workers of a fleet share. */

import { invalidOption, type Rule } from '../options/rule.js';
import { isRunName } from './protocol.js';
import { isRedisUrl, withoutPassword } from './redis.js';

const expected = 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS';

export const redisUrlRule: Rule<string> = {
  expected,
  default: '',
  allows: (value) => typeof value === 'string' && isRedisUrl(value),
  read(text, option) {
    if (!isRedisUrl(text)) throw invalidOption(option, expected, withoutPassword(text));
    return text;
  },
};

export const runNameRule: Rule<string> = {
  expected: 'up to 64 letters, digits, dots, - and _',
  default: 'default',
  allows: (value) => typeof value === 'string' && isRunName(value),
  read: (text) => (isRunName(text) ? text : undefined),
};
