/** DNS messages (RFC 1035) made from the question they answer: just what the relay needs. */

export const RCODE = { NOERROR: 0, SERVFAIL: 2, REFUSED: 5 };
/** An address that no name of the zone has. */
export const FORGED_ADDRESS = [6, 6, 6, 6];

const HEADER = 12;

/** The offset behind the only question of a message. @param {Buffer} message */
function endOfQuestion(message) {
  let offset = HEADER;
  while ((message[offset] ?? 0) !== 0) offset += (message[offset] ?? 0) + 1;
  return offset + 5;
}

/**
 * @param {Buffer} query
 * @param {{ rcode?: number, isTruncated?: boolean, address?: readonly number[] }} content
 */
export function buildAnswer(query, { rcode = RCODE.NOERROR, isTruncated = false, address }) {
  const head = Buffer.from(query.subarray(0, endOfQuestion(query)));
  // A response, recursion available; recursion desired as it was asked.
  head[2] = 0x80 | ((head[2] ?? 0) & 1) | (isTruncated ? 2 : 0);
  head[3] = 0x80 | rcode;
  head.fill(0, 6, HEADER);
  if (!address) return head;
  head.writeUInt16BE(1, 6);
  // The name of the question, A, IN, 300 s, four octets.
  return Buffer.concat([
    head,
    Buffer.from([0xc0, HEADER, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, ...address]),
  ]);
}

/** The same query about another name, as long. @param {Buffer} query */
export function otherQuestion(query) {
  const other = Buffer.from(query);
  const digit = HEADER + 1 + 'host0000000'.length;
  other[digit] = (other[digit] ?? 0) ^ 1;
  return other;
}

/** The same answer with the letters of its question in the other case. @param {Buffer} answer */
export function flipCase(answer) {
  const other = Buffer.from(answer);
  for (let offset = HEADER; offset < endOfQuestion(answer) - 4; offset++) {
    const byte = other[offset] ?? 0;
    if (/[a-z]/i.test(String.fromCharCode(byte))) other[offset] = byte ^ 0x20;
  }
  return other;
}
