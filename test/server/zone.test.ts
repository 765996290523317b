import { describe, expect, it } from 'vitest';
import { RCODE } from '../../src/dns/message.js';
import { TYPE } from '../../src/dns/types.js';
import { practiceZone } from '../../src/server/practice-zone.js';
import { type Zone, zoneAnswers } from '../../src/server/zone.js';

const zone: Zone = {
  origins: ['test'],
  records: [
    { name: 'test', type: TYPE.SOA, data: 'ns.test hostmaster.test 1 2 3 4 5' },
    { name: 'a.test', type: TYPE.A, data: '192.0.2.1' },
    { name: 'a.test', type: TYPE.A, data: '192.0.2.2' },
    { name: 'deep.below.test', type: TYPE.A, data: '192.0.2.3' },
    { name: 'alias.test', type: TYPE.CNAME, data: 'a.test' },
    { name: 'twice.test', type: TYPE.CNAME, data: 'alias.test' },
    { name: 'gone.test', type: TYPE.CNAME, data: 'nowhere.test' },
    { name: 'away.test', type: TYPE.CNAME, data: 'example.com' },
    { name: 'loop.test', type: TYPE.CNAME, data: 'back.test' },
    { name: 'back.test', type: TYPE.CNAME, data: 'loop.test' },
  ],
};

/** rcode, data of the answers, whether a SOA stands in the authority section. */
function answer(name: string, type: keyof typeof TYPE) {
  const { rcode, answers, authority } = zoneAnswers(zone)(name, TYPE[type]);
  return [rcode, answers.map(({ data }) => data), authority.length === 1];
}

describe('zoneAnswers', () => {
  it.each<[string, string, keyof typeof TYPE, unknown[]]>([
    ['all records of a type', 'a.test', 'A', [RCODE.NOERROR, ['192.0.2.1', '192.0.2.2'], false]],
    ['no record of the type', 'a.test', 'AAAA', [RCODE.NOERROR, [], true]],
    ['no name', 'b.test', 'A', [RCODE.NXDOMAIN, [], true]],
    ['a name between two that exist', 'below.test', 'A', [RCODE.NOERROR, [], true]],
    ['the origin', 'test', 'A', [RCODE.NOERROR, [], true]],
    ['a CNAME', 'alias.test', 'A', [RCODE.NOERROR, ['a.test', '192.0.2.1', '192.0.2.2'], false]],
    [
      'two CNAMEs',
      'twice.test',
      'A',
      [RCODE.NOERROR, ['alias.test', 'a.test', '192.0.2.1', '192.0.2.2'], false],
    ],
    ['a CNAME that is asked for', 'twice.test', 'CNAME', [RCODE.NOERROR, ['alias.test'], false]],
    ['NODATA behind a CNAME', 'alias.test', 'AAAA', [RCODE.NOERROR, ['a.test'], true]],
    ['NXDOMAIN behind a CNAME', 'gone.test', 'A', [RCODE.NXDOMAIN, ['nowhere.test'], true]],
    ['another zone', 'example.com', 'A', [RCODE.REFUSED, [], false]],
    ['a name that only ends like ours', 'contest', 'A', [RCODE.REFUSED, [], false]],
    ['a loop, once round', 'loop.test', 'A', [RCODE.NOERROR, ['back.test', 'loop.test'], true]],
    // No SOA: nobody vouches for what is there.
    ['a CNAME that leads out', 'away.test', 'A', [RCODE.NOERROR, ['example.com'], false]],
  ])('answers %s', (_, name, type, expected) => {
    expect(answer(name, type)).toEqual(expected);
  });
});

describe('the practice zone', () => {
  it("has addresses for the eight names of the original's published run", () => {
    const ask = zoneAnswers(practiceZone);
    const words =
      'none true _ and as case def del elif else for from if in is not or pass try with';
    const found = words.split(' ').filter((word) => ask(`${word}.dev`, TYPE.A).answers.length > 0);
    expect(found).toEqual(['and', 'as', 'def', 'del', 'from', 'in', 'not', 'try']);
    for (const word of words.split(' ')) {
      const { rcode } = ask(`${word}.dev`, TYPE.A);
      expect(rcode).toBe(found.includes(word) ? RCODE.NOERROR : RCODE.NXDOMAIN);
    }
  });
});
