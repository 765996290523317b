/** What the tests use of dns-packet, the oracle for messages; it brings no types of its own. */
declare module 'dns-packet' {
  export interface Question {
    name: string;
    type: string;
    class?: string;
  }

  export interface Answer {
    name: string;
    type: string;
    class?: string;
    ttl?: number;
    data?: unknown;
    /** Of an OPT record. */
    udpPayloadSize?: number;
    extendedRcode?: number;
  }

  export interface Packet {
    id?: number;
    type?: 'query' | 'response';
    /** The second and third byte of the header, but for QR; the rcode is in the lowest four bits. */
    flags?: number;
    questions?: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }

  export interface DecodedPacket extends Required<Packet> {
    opcode: string;
    rcode: string;
    flag_qr: boolean;
    flag_aa: boolean;
    flag_tc: boolean;
    flag_rd: boolean;
  }

  export const AUTHORITATIVE_ANSWER: number;
  export const TRUNCATED_RESPONSE: number;
  export function encode(packet: Packet): Buffer;
  export function decode(bytes: Buffer): DecodedPacket;
}
