/** The data of a record in presentation form, as `kdig` and zone files write it. */

import { location } from './location.js';
import { Malformed } from './name.js';
import {
  address,
  base32Hash,
  base64ToEnd,
  characterString,
  characterStrings,
  generic,
  hexGroups,
  hexToEnd,
  latin1,
  name,
  type Rdata,
  salt,
  take,
  textToEnd,
  time,
  type,
  typeBitmap,
  uint8,
  uint16,
  uint32,
} from './rdata-fields.js';
import { serviceBinding } from './service-binding.js';
import { TYPE } from './types.js';

/**
 * Formats the data of one record, which it reads to its end. A type that is unknown here, and data that is not what its type
 * wants, come as RFC 3597 text, `\# 2 ABCD`. Throws {@link Malformed} where that would hide that
 * there is no address or no alias at all: an odd A, AAAA or CNAME.
 */
export function formatRdata(type: number, data: Rdata): string {
  const format = formats[type];
  if (!format) return generic(data);
  const start = data.at;
  try {
    const text = String(format(data));
    if (data.at !== data.end) throw new Malformed('data');
    return text;
  } catch (error) {
    if (!(error instanceof Malformed) || isStructural(type)) throw error;
    data.at = start;
    return generic(data);
  }
}

/** Types whose data decides a verdict. */
function isStructural(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.CNAME || type === TYPE.DNAME;
}

type Field = (data: Rdata) => string | number;

/** The fields one after the other, a space between; a list of types may be empty. */
function fields(...all: Field[]): Field {
  return (data) =>
    all
      .map((field) => field(data))
      .join(' ')
      .trimEnd();
}

const delegationSigner = fields(uint16, uint8, uint8, hexToEnd);
const publicKey = fields(uint16, uint8, uint8, base64ToEnd);
const certificateHash = fields(uint8, uint8, uint8, hexToEnd);
const preferredName = fields(uint16, name);
const locator64 = fields(uint16, hexGroups(8, 2, ':'));

const formats: Readonly<Record<number, Field>> = {
  [TYPE.A]: (data) => address(data, 4),
  [TYPE.AAAA]: (data) => address(data, 16),
  [TYPE.NS]: name,
  [TYPE.CNAME]: name,
  [TYPE.DNAME]: name,
  [TYPE.PTR]: name,
  [TYPE.MB]: name,
  [TYPE.MG]: name,
  [TYPE.MR]: name,
  [TYPE.MINFO]: fields(name, name),
  [TYPE.RP]: fields(name, name),
  [TYPE.MX]: preferredName,
  [TYPE.AFSDB]: preferredName,
  [TYPE.RT]: preferredName,
  [TYPE.KX]: preferredName,
  [TYPE.LP]: preferredName,
  [TYPE.SOA]: fields(name, name, uint32, uint32, uint32, uint32, uint32),
  [TYPE.TXT]: characterStrings,
  [TYPE.SPF]: characterStrings,
  [TYPE.X25]: characterString,
  [TYPE.ISDN]: characterStrings,
  [TYPE.HINFO]: fields(characterString, characterString),
  [TYPE.NAPTR]: fields(uint16, uint16, characterString, characterString, characterString, name),
  [TYPE.SRV]: fields(uint16, uint16, uint16, name),
  [TYPE.URI]: fields(uint16, uint16, textToEnd),
  [TYPE.CAA]: fields(uint8, tag, textToEnd),
  [TYPE.LOC]: location,
  [TYPE.SSHFP]: fields(uint8, uint8, hexToEnd),
  [TYPE.TLSA]: certificateHash,
  [TYPE.SMIMEA]: certificateHash,
  [TYPE.OPENPGPKEY]: base64ToEnd,
  [TYPE.DHCID]: base64ToEnd,
  [TYPE.CERT]: fields(uint16, uint16, uint8, base64ToEnd),
  [TYPE.IPSECKEY]: ipsecKey,
  [TYPE.APL]: addressPrefixes,
  [TYPE.DS]: delegationSigner,
  [TYPE.CDS]: delegationSigner,
  [TYPE.DLV]: delegationSigner,
  [TYPE.KEY]: publicKey,
  [TYPE.DNSKEY]: publicKey,
  [TYPE.CDNSKEY]: publicKey,
  [TYPE.RRSIG]: fields(type, uint8, uint8, uint32, time, time, uint16, name, base64ToEnd),
  [TYPE.NSEC]: fields(name, typeBitmap),
  [TYPE.NSEC3]: fields(uint8, uint8, uint16, salt, base32Hash, typeBitmap),
  [TYPE.NSEC3PARAM]: fields(uint8, uint8, uint16, salt),
  [TYPE.CSYNC]: fields(uint32, uint16, typeBitmap),
  [TYPE.ZONEMD]: fields(uint32, uint8, uint8, hexToEnd),
  [TYPE.NID]: locator64,
  [TYPE.L64]: locator64,
  [TYPE.L32]: fields(uint16, (data) => address(data, 4)),
  [TYPE.EUI48]: hexGroups(6, 1, '-'),
  [TYPE.EUI64]: hexGroups(8, 1, '-'),
  [TYPE.SVCB]: serviceBinding,
  [TYPE.HTTPS]: serviceBinding,
};

/** The property of a CAA record: letters and digits (RFC 8659, 4.1). */
function tag(data: Rdata): string {
  const tag = latin1(take(data, uint8(data)));
  if (!/^[a-z0-9]+$/i.test(tag)) throw new Malformed('tag');
  return tag;
}

/** A public key and the gateway to reach it by (RFC 4025, 2). */
function ipsecKey(data: Rdata): string {
  const [precedence, kind, algorithm] = [uint8(data), uint8(data), uint8(data)];
  const gateway = gateways[kind];
  if (!gateway) throw new Malformed('gateway');
  const head = `${precedence} ${kind} ${algorithm} ${gateway(data)}`;
  return data.at === data.end ? head : `${head} ${base64ToEnd(data)}`;
}

/** By the gateway type: none, IPv4, IPv6, a name. */
const gateways: readonly ((data: Rdata) => string)[] = [
  () => '.',
  (data) => address(data, 4),
  (data) => address(data, 16),
  name,
];

/** `1:192.0.2.0/24 !2:2001:db8::/32` (RFC 3123, 4). */
function addressPrefixes(data: Rdata): string {
  const prefixes: string[] = [];
  while (data.at < data.end) {
    const family = uint16(data);
    const prefix = uint8(data);
    const flags = uint8(data);
    const length = family === 1 ? 4 : 16;
    const part = take(data, flags & 0x7f);
    if ((family !== 1 && family !== 2) || part.length > length) throw new Malformed('prefix');
    // The zeros at the end are left out.
    const bytes = new Uint8Array(length);
    bytes.set(part);
    const whole: Rdata = { bytes, base: 0, end: length, at: 0 };
    prefixes.push(`${flags > 0x7f ? '!' : ''}${family}:${address(whole, length)}/${prefix}`);
  }
  return prefixes.join(' ');
}
