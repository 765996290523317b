/** A small authoritative DNS server over UDP and TCP: the resolver `local`, and `flagprobe serve`. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { FrameReader } from '../dns/frames.js';
import { RCODE } from '../dns/message.js';
import { Malformed, readName, skipName, writeName } from '../dns/name.js';
import { practiceZone } from './practice-zone.js';
import { writeData, ZONE_TTL, type Zone, zoneAnswers } from './zone.js';

export interface DnsServerOptions {
  readonly host?: string;
  /** 0 is any free port, the same for UDP and TCP. */
  readonly port?: number;
  readonly zone?: Zone;
}

export interface DnsServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Resolves when both sockets are closed. */
  close(): Promise<void>;
}

const HEADER = 12;
const CLASS_IN = 1;
const OPT = 41;
/** Bytes that any client takes over UDP (RFC 1035, 4.2.1). */
const MAX_UDP_PLAIN = 512;
const MAX_MESSAGE = 65_535;
/** How long a TCP client may be silent before its connection is closed (RFC 7766, 6.2.3). */
const IDLE_TIMEOUT_MS = 30_000;
/** TCP connections at a time; more are closed at once. */
const MAX_CONNECTIONS = 1000;

/** Listens, and answers from the zone until it is closed. Rejects when the port is taken. */
export async function openDnsServer(options: DnsServerOptions = {}): Promise<DnsServer> {
  const { host = '127.0.0.1', port = 0, zone = practiceZone } = options;
  const answer = answerer(zone);
  const clients = new Set<Socket>();
  const server = createServer((client) => serve(client, answer, clients));
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', (query, from) => {
    const reply = answer(query, 0, query.length, false);
    if (reply) socket.send(reply, from.port, from.address, ignore);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  try {
    socket.bind(bound, host);
    await once(socket, 'listening');
  } catch (error) {
    await closeAll(server, clients);
    // The free TCP port may be taken for UDP: another one, then.
    if (port === 0 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      return openDnsServer(options);
    }
    throw error;
  }
  socket.on('error', ignore);

  const close = async () => {
    const closed = once(socket, 'close');
    socket.close();
    await Promise.all([closed, closeAll(server, clients)]);
  };
  return { host, port: bound, close, [Symbol.asyncDispose]: close };
}

/** The error of a client that has gone away: there is nothing to do about its answer. */
function ignore(): void {}

async function closeAll(server: Server, clients: Set<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const client of clients) client.destroy();
  await closed;
}

type Answerer = (
  query: Uint8Array,
  start: number,
  end: number,
  overStream: boolean,
) => Uint8Array | undefined;

function serve(client: Socket, answer: Answerer, clients: Set<Socket>): void {
  clients.add(client);
  client.on('close', () => clients.delete(client));
  client.on('error', ignore);
  client.setNoDelay();
  client.setTimeout(IDLE_TIMEOUT_MS, () => client.destroy());
  const frames = new FrameReader();
  client.on('data', (chunk) => {
    client.cork();
    frames.push(chunk, (bytes, start, end) => {
      const reply = answer(bytes, start, end, true);
      if (!reply) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      client.write(length);
      client.write(reply);
    });
    client.uncork();
    // A client that asks and does not read would have its answers kept in memory without end.
    if (client.writableNeedDrain) client.pause();
  });
  client.on('drain', () => client.resume());
}

function answerer(zone: Zone): Answerer {
  const lookUp = zoneAnswers(zone);
  const reply = new Uint8Array(MAX_MESSAGE);
  const view = new DataView(reply.buffer);
  return (query, start, end, overStream) => {
    // A response is never answered, or two servers could talk for ever.
    if (end - start < HEADER || ((query[start + 2] as number) & 0x80) !== 0) return undefined;
    const parsed = parseQuery(query, start, end);
    if (!parsed) return header(query, start, RCODE.FORMERR);
    if (parsed.opcode !== 0) return header(query, start, RCODE.NOTIMP);
    const { rcode, answers, authority } = lookUp(parsed.name, parsed.type);
    reply.set(header(query, start, rcode));
    // The question is echoed byte for byte, its case included.
    reply.set(query.subarray(start + HEADER, parsed.end), HEADER);
    view.setUint16(4, 1);
    view.setUint16(6, answers.length);
    view.setUint16(8, authority.length);
    let at = HEADER + parsed.end - (start + HEADER);
    for (const record of [...answers, ...authority]) {
      at = writeName(reply, at, record.name);
      view.setUint16(at, record.type);
      view.setUint16(at + 2, CLASS_IN);
      view.setUint32(at + 4, ZONE_TTL);
      const dataEnd = writeData(reply, at + 10, record);
      view.setUint16(at + 8, dataEnd - at - 10);
      at = dataEnd;
    }
    if (parsed.payload !== undefined) {
      reply.set([0, 0, OPT, 4, 208, 0, 0, 0, 0, 0, 0], at);
      view.setUint16(10, 1);
      at += 11;
    }
    if (overStream || at <= Math.max(MAX_UDP_PLAIN, parsed.payload ?? 0)) return reply.slice(0, at);
    const truncated = reply.slice(0, HEADER + parsed.end - (start + HEADER));
    truncated[2] = (truncated[2] as number) | 0x02;
    truncated.fill(0, 6, 12);
    return truncated;
  };
}

/** The id and the flags of an answer: QR, the opcode and RD of the query, AA. */
function header(query: Uint8Array, start: number, rcode: number): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  bytes.set(query.subarray(start, start + 2));
  bytes[2] = 0x84 | ((query[start + 2] as number) & 0x79);
  bytes[3] = rcode;
  return bytes;
}

interface ParsedQuery {
  readonly opcode: number;
  readonly name: string;
  readonly type: number;
  /** The offset behind the question. */
  readonly end: number;
  /** The answer size that EDNS offers; undefined without EDNS. */
  readonly payload: number | undefined;
}

function parseQuery(query: Uint8Array, start: number, end: number): ParsedQuery | undefined {
  const view = new DataView(query.buffer, query.byteOffset);
  if (view.getUint16(start + 4) !== 1) return undefined;
  try {
    const name = readName(query, start + HEADER, start, end).toLowerCase();
    const at = skipName(query, start + HEADER, end);
    if (at + 4 > end) return undefined;
    const isEdns = at + 15 <= end && query[at + 4] === 0 && view.getUint16(at + 5) === OPT;
    return {
      opcode: ((query[start + 2] as number) >> 3) & 15,
      name,
      type: view.getUint16(at),
      end: at + 4,
      payload: isEdns ? view.getUint16(at + 7) : undefined,
    };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
