import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { FrameReader } from '../../src/dns/frames.js';
import { type Backs, type FrontsOptions, openFronts, type SecureFronts } from './secure-fronts.js';

/** One query that came in, and what can be done about it. */
export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly id: number;
  readonly hasEdns: boolean;
  readonly transport: 'udp' | 'tcp' | 'https';
  /** When it came, on the clock of `performance.now()`. */
  readonly at: number;
  /** 1 for the first query with this name and type, over whatever it came. */
  readonly time: number;
  /** TCP, also inside TLS: which connection it came over, 1 for the first; and the how many-th on it. */
  readonly connection: number;
  readonly place: number;
  /** The bytes of a response to it: its id and question, and what the packet says. */
  message(packet?: Packet): Buffer;
  /** Sends a whole DNS message. */
  send(message: Buffer): void;
  /** `send(message(packet))` */
  reply(packet?: Packet): void;
  /** UDP: sends a message from another port. */
  sendFromElsewhere(message: Buffer): void;
  /** TCP: writes bytes as they are, lengths included, and waits until they are under way. */
  write(bytes: Buffer): Promise<void>;
  /** TCP: ends the connection, after what was sent; HTTPS: breaks it. */
  close(): void;
  /** HTTPS: answers with this. */
  respond(status: number, headers?: Record<string, string>, body?: Buffer): void;
}

/** What the server does about a query; doing nothing is an answer lost. */
export type Behaviour = (asked: Asked) => unknown;

export interface ScriptedDns extends AsyncDisposable {
  readonly port: number;
  /** As `resolvers` takes it. */
  readonly resolver: string;
  /** Every query that came in, in order. */
  readonly asked: readonly Asked[];
  /** TCP connections that were made so far, and those that stand. */
  readonly connections: number;
  readonly standing: number;
  /** What came over TLS and HTTPS, where the server was told to speak them. */
  readonly fronts: SecureFronts;
}

type Way = Omit<Asked, 'name' | 'type' | 'id' | 'hasEdns' | 'at' | 'time' | 'message' | 'reply'>;
type Take = (bytes: Buffer, way: Way) => void;

/** Notes each query in `asked`, and does to it what the behaviour says. */
function taker(asked: Asked[], behave: Behaviour): Take {
  const times = new Map<string, number>();
  return (bytes, way) => {
    const { id, questions, additionals } = decode(bytes);
    const { name = '', type = '' } = questions[0] ?? {};
    const time = (times.get(`${name} ${type}`) ?? 0) + 1;
    times.set(`${name} ${type}`, time);
    const message = (packet: Packet = {}) =>
      encode({ id, type: 'response', flags: 0x0180, questions, ...packet });
    const query: Asked = {
      ...way,
      ...{ name, type, id, time, message, at: performance.now() },
      hasEdns: additionals.some((record) => record.type === 'OPT'),
      reply: (packet) => way.send(message(packet)),
    };
    asked.push(query);
    behave(query);
  };
}

/** Serves queries over byte streams. */
function streamServer(take: Take) {
  const clients = new Set<Socket>();
  let connections = 0;
  const serve = (client: Socket) => {
    const connection = ++connections;
    let place = 0;
    clients.add(client);
    client.setNoDelay();
    client.on('close', () => clients.delete(client));
    client.on('error', () => {});
    const write = (bytes: Buffer) =>
      new Promise<void>((resolve) => client.write(bytes, () => setImmediate(resolve)));
    const way = (): Way => ({
      transport: 'tcp',
      connection,
      place: ++place,
      send: (message) => void write(framed(message)),
      sendFromElsewhere: unsupported,
      write,
      close: () => client.end(() => client.destroy()),
      respond: unsupported,
    });
    const frames = new FrameReader();
    client.on('data', (chunk) => {
      frames.push(chunk, (bytes, start, end) => {
        take(Buffer.from(bytes.subarray(start, end)), way());
      });
    });
  };
  return { serve, clients, count: () => connections };
}

/** Takes queries over UDP; no answer leaves once `isClosed`. */
function takeDatagrams(
  take: Take,
  socket: UdpSocket,
  elsewhere: UdpSocket,
  isClosed: () => boolean,
): void {
  socket.on('message', (bytes, from) => {
    const sendOn = (by: typeof socket) => (message: Buffer) => {
      // An answer may be due only when the test is over.
      if (!isClosed()) by.send(message, from.port, from.address, () => {});
    };
    take(bytes, {
      transport: 'udp',
      connection: 0,
      place: 0,
      send: sendOn(socket),
      sendFromElsewhere: sendOn(elsewhere),
      write: unsupported,
      close: unsupported,
      respond: unsupported,
    });
  });
}

/** Takes queries over HTTPS. */
function requestTaker(take: Take): Backs['request'] {
  return (body, response, connection) => {
    const respond: Asked['respond'] = (status, headers = {}, bytes = Buffer.alloc(0)) => {
      response.writeHead(status, headers);
      response.end(bytes);
    };
    take(body, {
      transport: 'https',
      connection,
      place: 0,
      send: (message) => respond(200, { 'content-type': 'application/dns-message' }, message),
      sendFromElsewhere: unsupported,
      write: unsupported,
      close: () => (response.stream?.session ?? response.socket)?.destroy(),
      respond,
    });
  };
}

/**
 * A DNS server on a free port of 127.0.0.1, UDP and TCP, that does to each query what it is told;
 * with a certificate it also speaks TLS and HTTPS, each on a port of its own.
 */
export async function scriptedDns(behave: Behaviour, secure?: FrontsOptions): Promise<ScriptedDns> {
  const asked: Asked[] = [];
  const take = taker(asked, behave);
  const { serve, clients, count } = streamServer(take);
  const elsewhere = createSocket('udp4');
  let isClosed = false;

  const server = createServer(serve);
  const { port, socket } = await listen(server);
  takeDatagrams(take, socket, elsewhere, () => isClosed);
  const fronts =
    secure &&
    (await openFronts(secure, {
      stream: serve,
      request: requestTaker(take),
    }));

  return {
    port,
    resolver: `127.0.0.1:${port}`,
    asked,
    get connections() {
      return count();
    },
    get standing() {
      return clients.size;
    },
    get fronts() {
      if (!fronts) throw new Error('The server has no certificate');
      return fronts;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await fronts?.[Symbol.asyncDispose]();
      socket.close();
      elsewhere.close();
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Listens on one port for both; the port that is free for TCP may be somebody's for UDP. */
async function listen(server: Server): Promise<{ port: number; socket: UdpSocket }> {
  for (;;) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = createSocket('udp4');
    try {
      socket.bind(port, '127.0.0.1');
      await once(socket, 'listening');
      return { port, socket };
    } catch {
      socket.close();
      server.close();
      await once(server, 'close');
    }
  }
}

/** A message with its length before it (RFC 1035, 4.2.2). */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
}

function unsupported(): never {
  throw new Error('This transport cannot do that');
}

export const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export const a = (name: string, data = '192.0.2.1'): Answer => ({ name, type: 'A', ttl: 60, data });
export const cname = (name: string, data: string): Answer => ({
  name,
  type: 'CNAME',
  ttl: 60,
  data,
});
export const soa: Answer = {
  name: 'example',
  type: 'SOA',
  ttl: 60,
  data: { mname: 'ns.example', rname: 'hostmaster.example', serial: 1 },
};

/** The SOA of the zone that a name would be in: its top-level domain, or the root. */
function soaAbove(name: string): Answer {
  return { ...soa, name: name.slice(name.lastIndexOf('.') + 1 || name.length) || '.' };
}

/** The plain answers. */
export const found: Behaviour = (asked) => asked.reply({ answers: [a(asked.name)] });
export const delegation: Behaviour = ({ name, reply }) =>
  reply({ answers: [{ name, type: 'NS', ttl: 60, data: 'ns.example.com' }] });
export const nodata: Behaviour = (asked) => asked.reply({ authorities: [soa] });
export const nxdomain: Behaviour = (asked) =>
  asked.reply({ flags: RCODE.NXDOMAIN, authorities: [soaAbove(asked.name)] });
export const rcode =
  (code: number): Behaviour =>
  (asked) =>
    asked.reply({ flags: code });
