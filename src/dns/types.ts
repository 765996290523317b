/** Record types (RFC 1035, 3.2.2 and later) and their numbers. */

const numbers = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  CAA: 257,
} as const;

/** The types that have a mnemonic here. */
export const recordTypes = Object.keys(numbers) as readonly (keyof typeof numbers)[];

const names = new Map<number, string>(recordTypes.map((name) => [numbers[name], name]));

export const TYPE = numbers;

/** The number of `A`, `mx`, `TYPE65`, …; undefined if it is no type that can be asked for. */
export function typeNumber(text: string): number | undefined {
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
