/** Checks resolvers, and tells of those that are not believed. */

import type { DnsRecord } from '../core/model.js';
import { TYPE } from '../dns/types.js';
import type { CheckAnswer } from './check-verdict.js';
import { ComparisonDraw } from './comparison-draw.js';
import type { Opinion } from './conclusion.js';
import type { DistrustNotice } from './distrust-text.js';
import { bytesOf, type HeldAnswers } from './held-answers.js';
import { checkOutcome, isNodata } from './made-up-answer.js';
import { type AskControl, Probations } from './probations.js';
import type { Answered, AnswerListener, Ask, AskOptions } from './query.js';
import { ResolverTrust } from './resolver-trust.js';
import type { TrustRecord } from './trust-record.js';
import type { Voice } from './trust-records.js';

export interface CheckerOptions {
  readonly ask: Ask;
  /** The names of all resolvers, as results call them. */
  readonly resolvers: readonly string[];
  /** Takes resolvers out of the choice; an empty list puts all back. */
  readonly exclude: (resolvers: readonly string[]) => void;
  /** A label that no name has. All are asked about the same, so that they can be compared. */
  readonly label: string;
  /** Counts the answers that wait. */
  readonly held: HeldAnswers;
  /** Told once about each resolver that is not believed, and when the check is dropped. */
  readonly onDistrust?: ((notice: DistrustNotice) => void) | undefined;
}

/** One is the list's own; names under several cannot all have a wildcard. */
const OTHER_TLDS = ['com', 'net'];
/** The longest name as text. */
const MAX_NAME = 253;
/** How often a check question is put again that another resolver has answered in the place of this. */
const CHECK_REPEATS = 2;

/**
 * A check ends after so many ticks, with the answers that are there: names wait for it. Time for which the process
 * stood still is one.
 */
const TICK_MS = 250;
const CHECK_TICKS = 12;

/** Top-level domains under which two resolvers are checked that contradict each other: a list may have any number. */
const MAX_TLD_CHECKS = 256;

/** What a check has brought so far. */
interface OpenCheck {
  readonly voice: Voice;
  readonly answers: CheckAnswer[];
  knows: boolean;
  open: number;
  ticks: number;
  readonly waiting: WaitingAnswer[];
}

/** Of two resolvers, under a top-level domain that they contradict each other about. */
interface TldCheck {
  open: number;
  readonly waiting: (() => void)[];
}

/** An answer of a resolver whose check is under way. */
interface WaitingAnswer {
  readonly isFound: boolean;
  readonly callback: () => void;
}

export class Checker {
  readonly trust: ResolverTrust;
  readonly probations: Probations;
  readonly ask: Ask;
  readonly held: HeldAnswers;
  readonly draw = new ComparisonDraw();
  readonly #options: CheckerOptions;
  readonly #checks = new Map<TrustRecord | undefined, OpenCheck>();
  readonly #tldChecks = new Map<string, TldCheck>();
  #ticker: NodeJS.Timeout | undefined;
  /** Those that were told of. */
  #told: readonly string[] = [];
  #changesTold = 0;
  #isPairTold = false;

  /** @param control asks a resolver about a name that others agree about */
  constructor(options: CheckerOptions, control: AskControl) {
    this.#options = options;
    this.ask = options.ask;
    this.held = options.held;
    this.trust = new ResolverTrust(options.resolvers);
    this.probations = new Probations(this.trust, control);
  }

  /**
   * Checks a resolver over the transport that it has answered over, if that is not under way, and calls back when it
   * is done.
   *
   * @param result its answer, which waits
   * @param name what it is about: its top-level domain and its parent are among what is asked
   */
  check({ resolver, transport, reply }: Answered, name: string, callback: () => void): void {
    const voice = { resolver, transport };
    const record = this.trust.recordOf(voice);
    const answer = this.#hold(reply.records, callback);
    const running = this.#checks.get(record);
    if (running) {
      running.waiting.push(answer);
      return;
    }
    this.trust.startCheck(voice);
    const tld = name.slice(name.lastIndexOf('.') + 1);
    const other = OTHER_TLDS.find((each) => each !== tld) as string;
    const parents = new Set([tld, other]);
    const parent = name.slice(name.indexOf('.') + 1);
    if (parent.length + 1 + this.#options.label.length <= MAX_NAME) parents.add(parent);
    const waiting = [answer];
    const check: OpenCheck = {
      voice,
      answers: [],
      knows: false,
      open: parents.size + Number(!answer.isFound),
      ticks: 0,
      waiting,
    };
    this.#checks.set(record, check);
    this.#ticker ??= setInterval(this.#tick, TICK_MS).unref();
    for (const parent of parents) {
      const madeUp = [this.#options.label, parent].filter(Boolean).join('.');
      this.#put(check, madeUp, TYPE.A, (outcome, isNodata) =>
        check.answers.push({ parent, outcome, isNodata }),
      );
    }
    // Whether it knows the top-level domain only matters while it has found nothing.
    if (answer.isFound) return;
    this.#put(check, tld, TYPE.NS, (outcome) => {
      check.knows = outcome === 'found';
    });
  }

  #hold(records: readonly DnsRecord[], callback: () => void): WaitingAnswer {
    const bytes = bytesOf(records);
    this.held.hold(bytes);
    const goOn = () => {
      this.held.release(bytes);
      callback();
    };
    return { isFound: records.length > 0, callback: goOn };
  }

  /** Asks for an answer of so many bytes, which cannot be kept now, when there is room. */
  askLater(name: string, type: number, bytes: number, listener: AnswerListener): void {
    const once: AnswerListener = {
      onAnswer: (result) => this.held.exchange(bytes, () => listener.onAnswer(result)),
    };
    this.held.whenRoom(bytes, () => this.ask(name, type, once, { priority: 'first' }));
  }

  /**
   * Two contradict each other about a name right below a top-level domain: asks both for a name there that cannot
   * exist, once, as one may make up names under this domain only.
   *
   * @param callback called when it is known what they say
   * @returns whether that is to be waited for
   */
  checkTld(name: string, callback: () => void): boolean {
    const tld = name.slice(name.indexOf('.') + 1);
    const check = this.#tldChecks.get(tld) ?? this.#startTldCheck(tld);
    if (!check || check.open === 0) return false;
    check.waiting.push(callback);
    return true;
  }

  #startTldCheck(tld: string): TldCheck | undefined {
    if (tld.includes('.') || this.#tldChecks.size === MAX_TLD_CHECKS) return undefined;
    const resolvers = this.trust.believed;
    if (resolvers.length > 2) return undefined;
    const check: TldCheck = { open: resolvers.length, waiting: [] };
    this.#tldChecks.set(tld, check);
    for (const resolver of resolvers) {
      const listener: AnswerListener = {
        onAnswer: (result) => {
          if (result.resolver === resolver) {
            this.noteSibling({ resolver }, { parent: tld, outcome: checkOutcome(result) });
          }
          if (--check.open === 0) for (const callback of check.waiting.splice(0)) callback();
        },
      };
      const how: AskOptions = { priority: 'first', resolver, isForItAlone: true };
      this.ask(`${this.#options.label}.${tld}`, TYPE.A, listener, how);
    }
    return check;
  }

  noteFound(voice: Voice): void {
    if (this.trust.isProven(voice)) return;
    this.trust.noteFound(voice);
    this.#tell();
  }

  /** @param isFound what is taken for true */
  compare(opinions: readonly Opinion[], isFound: boolean): void {
    if (opinions.length === 0) return;
    this.trust.compare(opinions, isFound);
    this.#tell();
  }

  /** Takes note of what two said about one name, where they may be the only ones. */
  notePair(opinions: readonly Opinion[]): void {
    this.trust.notePair(opinions);
    if (this.#isPairTold || !this.trust.pair.isOpen) return;
    const resolvers = opinions.map(({ resolver }) => resolver).sort() as [string, string];
    const contradiction = this.trust.pair.contradiction(resolvers);
    this.#isPairTold = contradiction !== undefined;
    if (contradiction) this.#options.onDistrust?.({ contradiction });
  }

  noteSibling(voice: Voice, answer: CheckAnswer): void {
    this.trust.noteCheckAnswer(voice, answer);
    this.#tell();
  }

  /** Puts one question of a check. */
  #put(
    check: OpenCheck,
    name: string,
    type: number,
    note: (outcome: CheckAnswer['outcome'], isNodata: boolean) => void,
  ): void {
    const { resolver, transport } = check.voice;
    const record = this.trust.recordOf(check.voice);
    let repeats = 0;
    // One that knows its own network only refuses, and what others say of that tells nothing about it.
    const how: AskOptions = { priority: 'first', resolver, transport, isForItAlone: true };
    const put = () => this.ask(name, type, listener, how);
    const listener: AnswerListener = {
      onAnswer: (result) => {
        // What another resolver says in its place is no answer of this one.
        const isOwn = result.resolver === resolver && result.transport === transport;
        if (!isOwn && result.resolver !== undefined && repeats++ < CHECK_REPEATS) {
          put();
          return;
        }
        if (this.#checks.get(record) !== check) return;
        const isEmpty = isOwn && !('failed' in result) && isNodata(result.reply);
        note(isOwn ? checkOutcome(result) : 'unknown', isEmpty);
        if (--check.open === 0) this.#end(check);
      },
    };
    put();
  }

  readonly #tick = (): void => {
    for (const check of this.#checks.values()) if (++check.ticks === CHECK_TICKS) this.#end(check);
  };

  /** Stops all timers. What waits is never told. */
  close(): void {
    clearInterval(this.#ticker);
    this.probations.close();
  }

  #end({ voice, answers, knows, waiting }: OpenCheck): void {
    this.trust.endCheck(voice, answers, knows);
    this.#checks.delete(this.trust.recordOf(voice));
    if (this.#checks.size === 0) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
    this.#tell();
    // What it has found first: that tells whether its denials count.
    for (const { isFound, callback } of waiting) if (isFound) callback();
    for (const { isFound, callback } of waiting) if (!isFound) callback();
  }

  /** Tells of those that are not believed any more, and takes them out of the choice. */
  #tell(): void {
    const { exclude, onDistrust } = this.#options;
    const { changes } = this.trust;
    if (changes === this.#changesTold) return;
    const { distrusted, isDropped } = this.trust;
    this.#changesTold = changes;
    const before = this.#told;
    this.#told = [...distrusted.keys()];
    exclude(this.#told);
    if (isDropped) onDistrust?.({});
    for (const [resolver, standing] of distrusted) {
      if (!before.includes(resolver)) onDistrust?.({ resolver, standing });
    }
  }
}
