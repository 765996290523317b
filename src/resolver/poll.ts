/** A question put to several resolvers, one after the other, until what they say comes to something. */

import type { Checker } from './checker.js';
import {
  type AnswerOpinion,
  conclude,
  concludeAnyway,
  isContradicted,
  type Opinion,
  withoutRecords,
} from './conclusion.js';
import type { ControlName } from './control-names.js';
import { bytesOf } from './held-answers.js';
import { endsInAlias, holdsRecords, isNodata } from './made-up-answer.js';
import type { Comparison } from './probation.js';
import type { Answered, AnswerListener, QueryResult } from './query.js';
import type { Voice } from './trust-records.js';

/** The most resolvers that are asked about one name. */
const MAX_OPINIONS = 32;

export interface PollQuestion {
  readonly name: string;
  readonly type: number;
  readonly listener: AnswerListener;
  /** What begins anew if an answer cannot be kept; undefined where no name waits. */
  readonly origin?: AnswerListener;
  /** What is said of it is not held against anyone here. */
  readonly isMadeUp?: boolean;
  readonly comparison?: Comparison | undefined;
}

export class Poll implements AnswerListener {
  readonly #checker: Checker;
  readonly #question: PollQuestion;
  /** How many resolvers that can be believed must say the same. */
  readonly #needed: number;
  #opinions: readonly AnswerOpinion[] = [];
  /** Bytes of the answers that wait. */
  #held = 0;

  constructor(checker: Checker, question: PollQuestion, needed: number) {
    this.#checker = checker;
    this.#question = question;
    this.#needed = needed;
  }

  /** With an opinion that does not count by itself. */
  begin(opinion: AnswerOpinion): void {
    this.add(opinion);
    this.#weigh(opinion.result, false);
  }

  /** Asks another what it says, whatever this one comes to. */
  beginElsewhere(opinion: AnswerOpinion): void {
    this.add(opinion);
    this.#askAnother(opinion.result);
  }

  onAnswer(result: QueryResult): void {
    if ('failed' in result) this.#conclude(result);
    else this.#take(this.#isComparison ? withoutRecords(result) : result);
  }

  #take(result: Answered): void {
    const standing = this.#checker.trust.standingOf(result);
    if (standing === 'honest' || standing === 'untested') this.#judge(result);
    else if (standing !== 'unchecked' && standing !== 'checking') this.#askAnother(result);
    else if (this.#lacksRoom) this.#putOff(result);
    else this.#checker.check(result, this.#question.name, () => this.#take(result));
  }

  #judge(result: Answered): void {
    const { resolver, transport, reply } = result;
    if (endsInAlias(reply)) {
      // It neither finds nor denies what is at the end of the alias.
      this.#conclude(result);
      return;
    }
    // Where no other could be asked, one is asked again that has said its opinion.
    const isRepeat = this.#opinions.some((each) => each.resolver === resolver);
    if (!isRepeat) {
      const isFound = reply.records.length > 0;
      const opinion = { resolver, transport, isFound, isNodata: isNodata(reply), result };
      this.#checker.trust.noteOpinion(opinion);
      this.add(opinion);
    }
    this.#weigh(result, isRepeat);
  }

  #weigh(result: Answered, isRepeat: boolean): void {
    const { trust } = this.#checker;
    const strong = this.#opinions.filter((each) => trust.isStrong(each));
    const conclusion = conclude(strong, this.#opinions, this.#needed);
    if (conclusion) {
      this.#checker.notePair(this.#opinions);
      this.#finish(conclusion.isFound, conclusion.isFirm);
      return;
    }
    if (isContradicted(this.#opinions)) this.#question.comparison?.onDispute();
    if (isRepeat) this.#conclude(result);
    else this.#askAnother(result);
  }

  #askAnother(result: Answered): void {
    const { trust, ask } = this.#checker;
    const { name, type } = this.#question;
    const not = [...this.#opinions.map(({ resolver }) => resolver), result.resolver];
    if (not.length > MAX_OPINIONS || !trust.hasOther(not)) this.#conclude(result);
    else if (!this.#hold()) this.#putOff(result);
    else ask(name, type, this, { priority: this.#isWaitedFor ? 'first' : 'usual', not });
  }

  /** Comes to a result with the opinions that there are. */
  #conclude(last: QueryResult): void {
    const { trust } = this.#checker;
    const mayWait = isContradicted(this.#opinions) && this.#hold();
    if (mayWait && this.#checker.checkTld(this.#question.name, () => this.#conclude(last))) return;
    const believed = this.#opinions.filter((each) => trust.isBelieved(each.resolver));
    // One that makes names up has no say; if all do, all have.
    if (believed.length > 0) this.#opinions = believed;
    // Before their opinions are weighed: those of two that contradict each other have no weight.
    this.#checker.notePair(this.#opinions);
    const strong = this.#opinions.filter((each) => trust.isStrong(each));
    const conclusion = concludeAnyway(strong, this.#opinions);
    if (conclusion) {
      this.#finish(conclusion.isFound, conclusion.isFirm);
      return;
    }
    const { result } = this.#opinions.find(({ isFound }) => isFound) as AnswerOpinion;
    const deniedBy = this.#opinions.find(({ isFound }) => !isFound)?.resolver;
    this.#end({ failed: 'contradiction', deniedBy, ...result });
  }

  #finish(isFound: boolean, isFirm: boolean): void {
    const { trust } = this.#checker;
    const isStrong = (each: Opinion) => trust.isStrong(each);
    const agreeing = this.#opinions.filter((each) => each.isFound === isFound);
    const chosen = agreeing.find(isStrong) ?? agreeing[0];
    const { result } = chosen as AnswerOpinion;
    if (isFound && trust.isStrong(chosen as Opinion)) {
      for (const each of agreeing) {
        if (holdsRecords(each.result.reply)) this.#checker.noteFound(each);
      }
    }
    if (isFirm && !this.#question.isMadeUp) this.#checker.compare(this.#opinions, isFound);
    if (this.#opinions.length > 1 && agreeing.filter(isStrong).length === this.#opinions.length) {
      const { name, type } = this.#question;
      this.#question.comparison?.onAgreement?.(isFound);
      this.#checker.probations.noteAgreement({ name, type, opinions: this.#opinions });
    }
    this.#end(result);
  }

  add(opinion: AnswerOpinion): void {
    this.#opinions = [...this.#opinions, opinion];
  }

  /** Holds all that was said, before it waits. @returns whether there is room for it */
  #hold(): boolean {
    if (this.#lacksRoom) return false;
    let bytes = 0;
    for (const { result } of this.#opinions) bytes += bytesOf(result.reply.records);
    this.#checker.held.hold(bytes - this.#held);
    this.#held = bytes;
    return true;
  }

  #end(result: QueryResult): void {
    this.#checker.held.release(this.#held);
    this.#question.listener.onAnswer(result);
  }

  /** Something waits until it is over: a name, or the first answers of a resolver. */
  get #isWaitedFor(): boolean {
    return !this.#isComparison || this.#question.comparison !== undefined;
  }

  get #isComparison(): boolean {
    return this.#question.origin === undefined;
  }

  /** Comparisons hold little, and are not many; and what has waited may wait on, or most would be begun anew again and again. */
  get #lacksRoom(): boolean {
    const { held } = this.#checker;
    return !this.#isComparison && (this.#held > 0 ? held.isOverfull : held.isFull);
  }

  /** Lets go what was said, and begins anew when there is room. */
  #putOff({ reply }: Answered): void {
    const { name, type, origin } = this.#question;
    const { held } = this.#checker;
    this.#opinions = [];
    this.#checker.askLater(name, type, bytesOf(reply.records), origin as AnswerListener);
    held.release(this.#held);
  }
}

/** The name has its answer already, and nothing waits for the comparison. */
const nowhere: AnswerListener = { onAnswer() {} };

/** Compares what one resolver has said with what another says. */
export function compare(
  checker: Checker,
  { name, type }: Pick<PollQuestion, 'name' | 'type'>,
  opinion: AnswerOpinion,
  comparison?: Comparison,
): void {
  const poll = comparing(checker, name, type, comparison);
  poll.beginElsewhere({ ...opinion, result: withoutRecords(opinion.result) });
}

/** Asks a resolver about a name that others agree about. */
export function askControl(
  checker: Checker,
  { name, type, opinions }: ControlName,
  { resolver, transport }: Voice,
  comparison: Comparison,
): void {
  const poll = comparing(checker, name, type, comparison);
  poll.add(opinions[0] as AnswerOpinion);
  checker.ask(name, type, poll, { priority: 'first', resolver, transport });
}

function comparing(checker: Checker, name: string, type: number, comparison?: Comparison): Poll {
  const listener = comparison ? { onAnswer: () => comparison.onEnd() } : nowhere;
  return new Poll(checker, { name, type, listener, comparison }, 2);
}
