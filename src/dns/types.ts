/** Record types (RFC 1035, 3.2.2 and later) and their numbers. */

const numbers = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  /** Asks for every type at once (RFC 8482 lets a server answer with one). */
  ANY: 255,
  URI: 256,
  CAA: 257,
  DLV: 32769,
} as const;

/** The types that have a mnemonic here. */
export const recordTypes = Object.keys(numbers) as readonly (keyof typeof numbers)[];

const names = new Map<number, string>(recordTypes.map((name) => [numbers[name], name]));

export const TYPE = numbers;

/** The number of `A`, `mx`, `TYPE65`, …; undefined if it is no type that can be asked for. */
export function typeNumber(text: string): number | undefined {
  if (Object.hasOwn(numbers, text)) return numbers[text as keyof typeof numbers];
  const upper = text.toUpperCase();
  if (Object.hasOwn(numbers, upper)) return numbers[upper as keyof typeof numbers];
  const digits = /^TYPE([1-9]\d{0,4})$/.exec(upper)?.[1];
  const number = Number(digits);
  return digits !== undefined && isData(number) ? number : undefined;
}

/** The mnemonic, or `TYPE<n>` (RFC 3597, 5). */
export function typeName(number: number): string {
  return names.get(number) ?? `TYPE${number}`;
}

/** Not OPT, and not one of the query and meta types (RFC 6895, 3.1): those are no data of a name. */
function isData(number: number): boolean {
  return number <= 65_535 && number !== 41 && !(number >= 128 && number <= 255);
}
