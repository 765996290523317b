/** A zone in memory, and the answers from it (RFC 1034, 4.3.2). */

import { parseAddress } from '../core/address.js';
import { RCODE } from '../dns/message.js';
import { writeName } from '../dns/name.js';
import { TYPE } from '../dns/types.js';

export interface ZoneRecord {
  readonly name: string;
  readonly type: number;
  /** Presentation form; names without the final dot. */
  readonly data: string;
}

export interface Zone {
  /** The zone is authoritative for these names and all below them. */
  readonly origins: readonly string[];
  readonly records: readonly ZoneRecord[];
}

export interface ZoneAnswer {
  readonly rcode: number;
  readonly answers: readonly ZoneRecord[];
  readonly authority: readonly ZoneRecord[];
}

/** Seconds; the practice zone changes only with the program. */
export const ZONE_TTL = 300;

/** Prepares a zone and gives the function that answers from it. */
export function zoneAnswers(zone: Zone): (name: string, type: number) => ZoneAnswer {
  const byName = new Map<string, ZoneRecord[]>();
  for (const record of zone.records) {
    byName.set(record.name, [...(byName.get(record.name) ?? []), record]);
  }
  // A name between the origin and a record exists too: an empty non-terminal (RFC 8020, 2).
  const exists = (name: string) =>
    byName.has(name) || zone.records.some((record) => record.name.endsWith(`.${name}`));
  const originOf = (name: string) =>
    zone.origins.find((origin) => name === origin || name.endsWith(`.${origin}`));

  return (asked, type) => {
    if (originOf(asked) === undefined) return { rcode: RCODE.REFUSED, answers: [], authority: [] };
    const answers: ZoneRecord[] = [];
    let name = asked;
    for (;;) {
      // A CNAME that leads out of the zone: the client has to follow it elsewhere.
      const origin = originOf(name);
      if (origin === undefined) return { rcode: RCODE.NOERROR, answers, authority: [] };
      const records = byName.get(name) ?? [];
      const wanted = records.filter((record) => record.type === type || type === TYPE.ANY);
      answers.push(...wanted);
      if (wanted.length > 0) return { rcode: RCODE.NOERROR, answers, authority: [] };
      const alias = records.find((record) => record.type === TYPE.CNAME);
      if (!alias || answers.includes(alias)) {
        const rcode = exists(name) ? RCODE.NOERROR : RCODE.NXDOMAIN;
        const soa = byName.get(origin) ?? [];
        return { rcode, answers, authority: soa.filter(({ type }) => type === TYPE.SOA) };
      }
      answers.push(alias);
      name = alias.data;
    }
  };
}

/** The data of a record on the wire. */
export function writeData(into: Uint8Array, at: number, { type, data }: ZoneRecord): number {
  const words = data.split(' ');
  const number = (i: number) => Number(words[i]);
  const view = new DataView(into.buffer, into.byteOffset);
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA: {
      const address = parseAddress(data) as Uint8Array;
      into.set(address, at);
      return at + address.length;
    }
    case TYPE.MX:
      view.setUint16(at, number(0));
      return writeName(into, at + 2, words[1] as string);
    case TYPE.SOA: {
      let end = writeName(into, at, words[0] as string);
      end = writeName(into, end, words[1] as string);
      for (let i = 2; i < 7; i++, end += 4) view.setUint32(end, number(i));
      return end;
    }
    default:
      return writeName(into, at, data);
  }
}
