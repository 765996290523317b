/**
 * The resolver pool: every judgement about asking. Which resolver, over what, how many at once, how
 * often again, and when to give up. Lines only carry.
 */

import type { Uncertainty } from '../core/model.js';
import { type Question, RCODE, type Reply } from '../dns/message.js';
import type { Endpoint } from './endpoint.js';
import type { Failure, Line, OpenLine, Query } from './line.js';

/** How one resolver is reached. */
export interface Resolver {
  /** How it is called in results. */
  readonly label: string;
  readonly endpoint: Endpoint;
}

export interface PoolOptions {
  readonly resolvers: readonly Resolver[];
  /** The transport that is asked first, and its name in results. */
  readonly transport: string;
  readonly open: OpenLine;
  /** Where an answer that was truncated is asked for again; itself for a stream. */
  readonly stream?: { readonly transport: string; readonly open: OpenLine } | undefined;
  /** Questions in flight, all resolvers together. */
  readonly concurrency: number;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
  readonly tries: number;
}

/** What came of a question. */
export type Settled = Answered | GivenUp;

export interface Answered {
  readonly reply: Reply;
  readonly resolver: string;
  readonly transport: string;
}

/** No try brought an answer that settles it. */
export interface GivenUp extends Failure {
  /** The rcode of the last answer, if there was one. */
  readonly rcode?: number;
  readonly resolver?: string;
  readonly transport?: string;
}

/** One tick looks for everything that is due: no timer a question. Milliseconds. */
const TICK = 20;
/** The pause before a question is asked again after an answer that settled nothing; doubles. */
const PAUSE = 50;
/** A socket's receive buffer holds the answers to about as many questions. */
const LINE_FULL = 200;
const MAX_LINES = 4;

class Asking implements Query {
  id = 0;
  edns = true;
  tries = 0;
  sentAt = 0;
  /** Not to be sent before. */
  due = 0;
  overStream = false;
  line: OpenedLine | undefined;
  last: GivenUp = { failed: 'timeout' };

  constructor(
    readonly question: Question,
    readonly settle: (settled: Settled) => void,
  ) {}
}

interface OpenedLine {
  readonly line: Line;
  readonly transport: string;
  readonly to: Channel;
  readonly inFlight: Set<Asking>;
}

/** The lines to one resolver, and what was learned about it. */
class Channel {
  readonly lines: OpenedLine[] = [];
  inFlight = 0;
  /** It does not understand EDNS (RFC 6891, 7). */
  plain = false;
  constructor(readonly resolver: Resolver) {}
}

export class ResolverPool {
  readonly #options: PoolOptions;
  readonly #channels: readonly Channel[];
  /** Waiting to be sent, in order. */
  #queue: Asking[] = [];
  #head = 0;
  /** Waiting for their pause to end. */
  #resting: Asking[] = [];
  #inFlight = 0;
  #next = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#channels = options.resolvers.map((resolver) => new Channel(resolver));
  }

  /** Asks until there is an answer to trust or the tries are used up. Never rejects. */
  ask(question: Question): Promise<Settled> {
    return new Promise((settle) => {
      this.#queue.push(new Asking(question, settle));
      this.#dispatch();
    });
  }

  /** Ends every conversation. Questions still open are never settled. */
  close(): void {
    clearInterval(this.#ticker);
    for (const channel of this.#channels) {
      for (const { line } of channel.lines) line.close();
    }
  }

  #dispatch(): void {
    while (this.#head < this.#queue.length && this.#inFlight < this.#options.concurrency) {
      const asking = this.#queue[this.#head] as Asking;
      const opened = this.#choose(asking);
      if (!opened) return;
      this.#head++;
      this.#send(asking, opened);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #send(asking: Asking, opened: OpenedLine): void {
    asking.line = opened;
    asking.sentAt = performance.now();
    if (opened.to.plain) asking.edns = false;
    opened.inFlight.add(asking);
    opened.to.inFlight++;
    this.#inFlight++;
    opened.line.send(asking);
    this.#ticker ??= setInterval(() => this.#tick(), TICK);
  }

  /** The next resolver in turn that has room, not the one that has just failed if there is another. */
  #choose(asking: Asking): OpenedLine | undefined {
    const count = this.#channels.length;
    const failed = asking.line?.to;
    if (failed && asking.overStream) return this.#lineOf(failed, true);
    for (let i = 0; i < count; i++) {
      const channel = this.#channels[(this.#next + i) % count] as Channel;
      if (channel === failed && count > 1) continue;
      const opened = this.#lineOf(channel, false);
      if (opened) {
        this.#next = (this.#next + i + 1) % count;
        return opened;
      }
    }
    return undefined;
  }

  #lineOf(channel: Channel, overStream: boolean): OpenedLine | undefined {
    const { stream, transport, open } = this.#options;
    const by = overStream && stream ? stream : { transport, open };
    const lines = channel.lines.filter((opened) => opened.transport === by.transport);
    const best = lines.reduce<OpenedLine | undefined>(
      (least, opened) => (least && least.inFlight.size <= opened.inFlight.size ? least : opened),
      undefined,
    );
    const full = !best || (by.transport === 'udp' && best.inFlight.size >= LINE_FULL);
    if (full && lines.length < (by.transport === 'udp' ? MAX_LINES : 1)) {
      return this.#openLine(channel, by.transport, by.open);
    }
    return best && best.line.room > 0 ? best : undefined;
  }

  #openLine(to: Channel, transport: string, open: OpenLine): OpenedLine {
    const inFlight = new Set<Asking>();
    const line = open(to.resolver.endpoint, {
      answered: (query, answer) => this.#answered(query as Asking, answer),
      closed: (unanswered) => {
        to.lines.splice(to.lines.indexOf(opened), 1);
        for (const query of unanswered as readonly Asking[]) this.#failed(query, 'network');
        this.#dispatch();
      },
    });
    const opened: OpenedLine = { line, transport, to, inFlight };
    to.lines.push(opened);
    return opened;
  }

  #answered(asking: Asking, answer: Reply | Failure): void {
    if ('failed' in answer) this.#failed(asking, answer.failed);
    else this.#judge(asking, answer);
    this.#dispatch();
  }

  #judge(asking: Asking, reply: Reply): void {
    const { to, transport } = asking.line as OpenedLine;
    const { rcode } = reply;
    if (reply.truncated && !asking.overStream && this.#options.stream) {
      this.#land(asking);
      asking.overStream = true;
      this.#queue.push(asking);
    } else if (reply.truncated) {
      this.#failed(asking, 'malformed');
    } else if (reply.referral) {
      this.#failed(asking, 'referral', rcode);
    } else if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) {
      this.#land(asking);
      if (!asking.edns) to.plain = true;
      asking.settle({ reply, resolver: to.resolver.label, transport });
    } else if ((rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP) && asking.edns) {
      this.#land(asking);
      asking.edns = false;
      this.#queue.push(asking);
    } else {
      this.#failed(asking, uncertainty(rcode), rcode);
    }
  }

  /** A try is over and has settled nothing. */
  #failed(asking: Asking, failed: Uncertainty, rcode?: number): void {
    const { to, transport } = asking.line as OpenedLine;
    this.#land(asking);
    asking.last = {
      failed,
      resolver: to.resolver.label,
      transport,
      ...(rcode === undefined ? undefined : { rcode }),
    };
    if (++asking.tries >= this.#options.tries) {
      asking.settle(asking.last);
    } else if (failed === 'timeout') {
      this.#queue.push(asking);
    } else {
      asking.due = performance.now() + PAUSE * 2 ** Math.min(asking.tries - 1, 5);
      this.#resting.push(asking);
    }
  }

  #land(asking: Asking): void {
    const opened = asking.line as OpenedLine;
    if (!opened.inFlight.delete(asking)) return;
    opened.to.inFlight--;
    this.#inFlight--;
  }

  #tick(): void {
    const now = performance.now();
    for (const channel of this.#channels) {
      for (const { line, inFlight } of channel.lines) {
        // A set keeps the order of sending: the first that is not due ends the search.
        for (const asking of inFlight) {
          if (now - asking.sentAt < this.#options.timeout) break;
          line.forget(asking);
          this.#failed(asking, 'timeout');
        }
      }
    }
    const due = this.#resting.filter((asking) => asking.due <= now);
    if (due.length > 0) {
      this.#resting = this.#resting.filter((asking) => asking.due > now);
      this.#queue.push(...due);
    }
    this.#dispatch();
    if (this.#inFlight === 0 && this.#resting.length === 0 && this.#head === this.#queue.length) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }
}

function uncertainty(rcode: number): Uncertainty {
  if (rcode === RCODE.SERVFAIL) return 'servfail';
  if (rcode === RCODE.REFUSED) return 'refused';
  return 'rcode';
}
