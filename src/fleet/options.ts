/** The options that the coordinator and the workers of a fleet share. */

import type { Rule } from '../options/rule.js';
import type { OptionTable } from '../options/table.js';
import { certificates } from '../probe/options.js';
import { isRunName } from './protocol.js';
import { isRedisUrl, REDIS_URL_FORM } from './redis-address.js';

export const redisUrlRule: Rule<string> = {
  expected: REDIS_URL_FORM,
  default: '',
  allows: (value) => typeof value === 'string' && isRedisUrl(value),
  read: (text) => (isRedisUrl(text) ? text : undefined),
};

export const redisCaOption = {
  redisCa: {
    flag: '--redis-ca <file>',
    group: 'Fleet',
    help: 'rediss: trust only the certificates in this file (PEM)',
    rule: certificates(),
    completes: { path: 'file' },
  },
} satisfies OptionTable;

export const runNameRule: Rule<string> = {
  expected: 'up to 64 letters, digits, dots, - and _',
  default: 'default',
  allows: (value) => typeof value === 'string' && isRunName(value),
  read: (text) => (isRunName(text) ? text : undefined),
};
