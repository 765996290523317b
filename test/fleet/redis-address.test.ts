import { expect, it } from 'vitest';
import { redisAddress } from '../../src/fleet/redis-address.js';

it.each(['redis://me:SEC/RETSECRET@h', 'http://me:SECRET@h', 'redis://me:SECRET'])(
  'the password is left out where %s cannot be used',
  (url) => {
    expect(() => redisAddress({ url, ca: '' })).toThrow(/^Expected `redis` to be redis:.*, got `/);
    expect(() => redisAddress({ url, ca: '' })).not.toThrow('SECRET');
  },
);
