/** IP addresses as text and as bytes. */

/** The 4 or 16 bytes of an IP address; undefined if the text is none. No zone, no brackets. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.includes(':')) return parseIPv6(text);
  // Names by the million pass through here: most are told apart by their last character.
  const last = text.charCodeAt(text.length - 1);
  return last >= 48 && last <= 57 ? parseIPv4(text) : undefined;
}

function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

/** RFC 4291, 2.2: eight groups, `::` once for one or more groups of zeros, the last two as IPv4. */
function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupBytes(half, i === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  if (halves.length === 2 ? given > 14 : given !== 16) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  if (tail) bytes.set(tail, 16 - tail.length);
  return bytes;
}

function groupBytes(half: string, isLast: boolean): number[] | undefined {
  if (half === '') return [];
  const bytes: number[] = [];
  const groups = half.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else {
      const embedded = isLast && i === groups.length - 1 ? parseIPv4(group) : undefined;
      if (!embedded) return undefined;
      bytes.push(...embedded);
    }
  }
  return bytes;
}

/** `192.0.2.1` from 4 bytes, `2001:db8::1` from 16 (RFC 5952). */
export function formatAddress(bytes: Uint8Array, start = 0, length = bytes.length): string {
  if (length === 4) {
    return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
  }
  const groups: number[] = [];
  for (let i = start; i < start + 16; i += 2) {
    groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  const zeros = longestZeros(groups);
  if (zeros.length < 2) return hex(0, 8);
  // The one form that RFC 5952 (5) wants mixed: an IPv4-mapped address.
  if (zeros.start === 0 && zeros.length === 5 && groups[5] === 0xffff) {
    return `::ffff:${formatAddress(bytes, start + 12, 4)}`;
  }
  return `${hex(0, zeros.start)}::${hex(zeros.start + zeros.length, 8)}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}

/** The name under which an address is looked up backwards (RFC 1035, 3.5; RFC 3596, 2.5). */
export function reverseName(address: Uint8Array): string {
  if (address.length === 4) return `${[...address].reverse().join('.')}.in-addr.arpa`;
  const nibbles = [...address].flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .reverse()
    .map((nibble) => nibble.toString(16))
    .join('.')}.ip6.arpa`;
}
