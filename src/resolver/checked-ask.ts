/**
 * Asks resolvers, and believes only those that have stood a check: at its first answer each is asked
 * about names that cannot exist. What one says that is not to be believed is asked elsewhere; what one
 * says that has never found anything, or whose check told nothing, is asked of others until one that can
 * be believed has said so too. One question in many is asked of another too, so that a resolver that is
 * wrong about a part of the names only is found out; no name waits for that.
 */

import { RCODE, type Reply } from '../dns/message.js';
import { TYPE } from '../dns/types.js';
import { ComparisonDraw } from './comparison-draw.js';
import type { DistrustNotice } from './distrust-text.js';
import { bytesOf, type HeldAnswers } from './held-answers.js';
import type { Answered, AnswerListener, Ask, AskOptions, QueryResult } from './query.js';
import {
  type CheckAnswer,
  conclude,
  concludeAnyway,
  type Opinion,
  ResolverTrust,
} from './resolver-trust.js';

export interface CheckedAskOptions {
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
/** The most resolvers that are asked about one name. */
const MAX_OPINIONS = 32;
/** How often a check question is put again that another resolver has answered in the place of this. */
const CHECK_REPEATS = 2;

export interface CheckedAsk {
  /** Believes no liar. */
  readonly ask: Ask;
  /** The same text for resolvers that are known to answer alike. */
  groupOf(resolver: string): string;
  /** How many resolvers are not believed; undefined where none is checked. */
  readonly distrusted: number | undefined;
  /** Takes note of what a resolver said about a name of which the truth is known. */
  compare(opinion: Opinion, isFound: boolean): void;
  /** Takes note of what a resolver said about a name right below a top-level domain that cannot exist. */
  noteSibling(resolver: string, tld: string, isFound: boolean): void;
  isBelieved(resolver: string): boolean;
  /** Whether another can be asked, and what they say about siblings is compared. */
  canCompare(resolver: string): boolean;
}

/** Believes every resolver. */
export function uncheckedAsk(ask: Ask): CheckedAsk {
  return {
    ask,
    groupOf: (resolver) => resolver,
    distrusted: undefined,
    compare() {},
    noteSibling() {},
    isBelieved: () => true,
    canCompare: () => false,
  };
}

/** With a single resolver there is nothing to compare, and it is asked as it is. */
export function checkedAsk(options: CheckedAskOptions): CheckedAsk {
  if (options.resolvers.length < 2) return uncheckedAsk(options.ask);
  const checker = new Checker(options);
  const { trust } = checker;
  const { draw } = checker;
  return {
    ask(name, type, listener, how) {
      const isCompared = draw.next();
      // Nearly every question is asked as it is.
      const isPlain = trust.isSettled && (!isCompared || trust.isDropped);
      const checked = isPlain
        ? listener
        : new CheckedQuery(checker, { name, type, listener, isCompared });
      options.ask(name, type, checked, how);
    },
    groupOf: (resolver) => (trust.isDropped ? resolver : ''),
    get distrusted() {
      return trust.distrusted.size;
    },
    compare: (opinion, isFound) => checker.compare([opinion], isFound),
    noteSibling: (resolver, parent, isFound) =>
      checker.noteSibling(resolver, { parent, outcome: isFound ? 'found' : 'missing' }),
    isBelieved: (resolver) => trust.isBelieved(resolver),
    canCompare: (resolver) => !trust.isDropped && trust.hasOther([resolver]),
  };
}

interface CheckedQuestion {
  readonly name: string;
  readonly type: number;
  readonly listener: AnswerListener;
  /** Another resolver is asked too, even if this answer can be believed. */
  readonly isCompared: boolean;
}

/** What one resolver answered. */
interface AnswerOpinion extends Opinion {
  readonly result: Answered;
}

const none: readonly AnswerOpinion[] = [];
/** The name has its answer already. */
const nowhere: AnswerListener = { onAnswer() {} };

/** A question whose answer is believed only from a resolver that can be. */
class CheckedQuery implements AnswerListener {
  readonly #checker: Checker;
  readonly #question: CheckedQuestion;
  #opinions: readonly AnswerOpinion[] = none;
  #listener: AnswerListener;
  /** How many resolvers that can be believed must say the same. */
  #needed = 1;
  /** Bytes of the answers that wait. */
  #held = 0;

  constructor(checker: Checker, question: CheckedQuestion) {
    this.#checker = checker;
    this.#question = question;
    this.#listener = question.listener;
  }

  onAnswer(result: QueryResult): void {
    if ('failed' in result) {
      this.#conclude(result);
      return;
    }
    const { resolver } = result;
    const { trust } = this.#checker;
    const standing = trust.standingOf(resolver);
    if (standing === 'unchecked' || standing === 'checking') {
      const { records } = result.reply;
      const bytes = bytesOf(records);
      this.#checker.held.hold(bytes);
      this.#checker.check(resolver, this.#question.name, {
        isFound: records.length > 0,
        callback: () => {
          this.#checker.held.release(bytes);
          this.onAnswer(result);
        },
      });
    } else if (standing === 'honest' || standing === 'untested') {
      this.#judge(result);
    } else {
      this.#askAnother(result);
    }
  }

  #judge(result: Answered): void {
    const { resolver, reply } = result;
    const { trust } = this.#checker;
    // Where no other could be asked, one is asked again that has said its opinion.
    const isRepeat = this.#opinions.some((each) => each.resolver === resolver);
    if (this.#opinions.length > 0 && endsInAlias(reply)) {
      // It neither finds nor denies what is at the end of the alias.
      this.#conclude(result);
      return;
    }
    if (!isRepeat) {
      const opinion = { resolver, isFound: reply.records.length > 0, result };
      trust.noteOpinion(opinion);
      if (this.#needed === 1 && this.#opinions === none && trust.isStrong(opinion)) {
        // Nearly every answer ends here.
        if (opinion.isFound) this.#checker.noteFound(resolver);
        this.#listener.onAnswer(result);
        if (this.#question.isCompared) this.#compare(opinion);
        return;
      }
      this.#add(opinion);
    }
    const strong = this.#opinions.filter((each) => trust.isStrong(each));
    const conclusion = conclude(strong, this.#opinions, this.#needed);
    if (conclusion) this.#finish(conclusion.isFound, conclusion.isFirm);
    else if (isRepeat) this.#conclude(result);
    else this.#askAnother(result);
  }

  /** Asks another what it says; the name has its answer, and waits no longer. */
  #compare(opinion: AnswerOpinion): void {
    this.#listener = nowhere;
    this.#needed = 2;
    this.#add(opinion);
    this.#askAnother(opinion.result);
  }

  #askAnother(result: Answered): void {
    const { trust, ask } = this.#checker;
    const { name, type } = this.#question;
    const not = [...this.#opinions.map(({ resolver }) => resolver), result.resolver];
    if (not.length > MAX_OPINIONS || !trust.hasOther(not)) this.#conclude(result);
    else ask(name, type, this, { priority: this.#listener === nowhere ? 'usual' : 'first', not });
  }

  /** Comes to a result with the opinions that there are; without any, it is this one. */
  #conclude(last: QueryResult): void {
    if (this.#opinions.length === 0) {
      this.#listener.onAnswer(last);
      return;
    }
    const { trust } = this.#checker;
    const strong = this.#opinions.filter((each) => trust.isStrong(each));
    const conclusion = concludeAnyway(strong, this.#opinions);
    if (conclusion) {
      this.#finish(conclusion.isFound, conclusion.isFirm);
      return;
    }
    const { resolver, transport } = (this.#opinions.at(-1) as AnswerOpinion).result;
    this.#end({ failed: 'contradiction', resolver, transport });
  }

  #finish(isFound: boolean, isFirm: boolean): void {
    const { trust } = this.#checker;
    const agreeing = this.#opinions.filter((each) => each.isFound === isFound);
    const chosen = agreeing.find((each) => trust.isStrong(each)) ?? agreeing[0];
    const { result } = chosen as AnswerOpinion;
    if (isFound && trust.isStrong(chosen as Opinion)) {
      for (const { resolver } of agreeing) this.#checker.noteFound(resolver);
    }
    if (isFirm) this.#checker.compare(this.#opinions, isFound);
    this.#end(result);
  }

  #add(opinion: AnswerOpinion): void {
    this.#opinions = [...this.#opinions, opinion];
    const bytes = bytesOf(opinion.result.reply.records);
    this.#held += bytes;
    this.#checker.held.hold(bytes);
  }

  #end(result: QueryResult): void {
    this.#checker.held.release(this.#held);
    this.#listener.onAnswer(result);
  }
}

/** What a check has brought so far. */
interface OpenCheck {
  readonly resolver: string;
  readonly answers: CheckAnswer[];
  knows: boolean;
  open: number;
  readonly waiting: WaitingAnswer[];
}

/** An answer of a resolver whose check is under way. */
interface WaitingAnswer {
  readonly isFound: boolean;
  readonly callback: () => void;
}

class Checker {
  readonly trust: ResolverTrust;
  readonly ask: Ask;
  readonly held: HeldAnswers;
  readonly draw = new ComparisonDraw();
  readonly #options: CheckedAskOptions;
  readonly #checks = new Map<string, OpenCheck>();
  /** Those that were told of. */
  #told: readonly string[] = [];
  #changesTold = 0;

  constructor(options: CheckedAskOptions) {
    this.#options = options;
    this.ask = options.ask;
    this.held = options.held;
    this.trust = new ResolverTrust(options.resolvers);
  }

  /**
   * Checks a resolver, if that is not under way, and calls back when it is done.
   *
   * @param name what it has answered: its top-level domain and its parent are among what is asked
   */
  check(resolver: string, name: string, answer: WaitingAnswer): void {
    const running = this.#checks.get(resolver);
    if (running) {
      running.waiting.push(answer);
      return;
    }
    this.trust.startCheck(resolver);
    const tld = name.slice(name.lastIndexOf('.') + 1);
    const other = OTHER_TLDS.find((each) => each !== tld) as string;
    const parents = new Set([tld, other]);
    const parent = name.slice(name.indexOf('.') + 1);
    if (parent.length + 1 + this.#options.label.length <= MAX_NAME) parents.add(parent);
    const waiting = [answer];
    const check: OpenCheck = {
      resolver,
      answers: [],
      knows: false,
      open: parents.size + 1,
      waiting,
    };
    this.#checks.set(resolver, check);
    for (const parent of parents) {
      const madeUp = [this.#options.label, parent].filter(Boolean).join('.');
      this.#put(check, madeUp, TYPE.A, (outcome) => check.answers.push({ parent, outcome }));
    }
    this.#put(check, tld, TYPE.NS, (outcome) => {
      check.knows = outcome === 'found';
    });
  }

  noteFound(resolver: string): void {
    if (this.trust.isProven(resolver)) return;
    this.trust.noteFound(resolver);
    this.#tell();
  }

  /** @param isFound what is taken for true */
  compare(opinions: readonly Opinion[], isFound: boolean): void {
    if (opinions.length === 0) return;
    this.trust.compare(opinions, isFound);
    this.#tell();
  }

  noteSibling(resolver: string, answer: CheckAnswer): void {
    this.trust.noteCheckAnswer(resolver, answer);
    this.#tell();
  }

  /** Puts one question of a check. */
  #put(
    check: OpenCheck,
    name: string,
    type: number,
    note: (outcome: CheckAnswer['outcome']) => void,
  ): void {
    const { resolver } = check;
    let repeats = 0;
    // One that knows its own network only refuses, and what others say of that tells nothing about it.
    const how: AskOptions = { priority: 'first', resolver, acceptsRefusal: true };
    const put = () => this.ask(name, type, listener, how);
    const listener: AnswerListener = {
      onAnswer: (result) => {
        // What another resolver says in its place is no answer of this one.
        const isOwn = result.resolver === resolver;
        if (!isOwn && result.resolver !== undefined && repeats++ < CHECK_REPEATS) {
          put();
          return;
        }
        note(isOwn ? outcomeOf(result) : 'unknown');
        if (--check.open === 0) this.#end(check);
      },
    };
    put();
  }

  #end({ resolver, answers, knows, waiting }: OpenCheck): void {
    this.trust.endCheck(resolver, answers, knows);
    this.#checks.delete(resolver);
    this.#tell();
    // What it has found first: that tells whether its denials count.
    for (const { isFound, callback } of waiting) if (isFound) callback();
    for (const { isFound, callback } of waiting) if (!isFound) callback();
  }

  /** Tells of those that are not believed any more, and takes them out of the choice. */
  #tell(): void {
    const { exclude, onDistrust } = this.#options;
    const { distrusted, isDropped, changes } = this.trust;
    if (changes === this.#changesTold) return;
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

function endsInAlias({ records, chain, hasSoa, rcode }: Reply): boolean {
  return chain > 0 && records.length === chain && !hasSoa && rcode === RCODE.NOERROR;
}

function outcomeOf(result: QueryResult): CheckAnswer['outcome'] {
  if ('failed' in result) return 'unknown';
  const { reply } = result;
  // An alias for what cannot exist is made up, even if its target has to be asked for.
  return reply.records.length > reply.chain || endsInAlias(reply) ? 'found' : 'missing';
}
