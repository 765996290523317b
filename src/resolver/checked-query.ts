/** A question whose answer is believed only from a resolver that can be. */

import type { Reply } from '../dns/message.js';
import type { Checker } from './checker.js';
import { conclude, concludeAnyway, type Opinion } from './conclusion.js';
import { bytesOf } from './held-answers.js';
import { endsInAlias, isNodata } from './made-up-answer.js';
import type { Comparison } from './probation.js';
import type { Answered, AnswerListener, QueryResult } from './query.js';

/** The most resolvers that are asked about one name. */
const MAX_OPINIONS = 32;

/** What one resolver answered. */
interface AnswerOpinion extends Opinion {
  readonly result: Answered;
}

const none: readonly AnswerOpinion[] = [];
/** An alias alone is soon copied: one that never gave what is at its end has found nothing yet. */
const holdsRecords = ({ records, chain }: Reply): boolean => records.length > chain;
/** The name has its answer already, and nothing waits for the comparison. */
const nowhere: AnswerListener = { onAnswer() {} };

export class CheckedQuery implements AnswerListener {
  readonly #checker: Checker;
  readonly #name: string;
  readonly #type: number;
  readonly #listener: AnswerListener;
  /** Another resolver is asked too, even if this answer can be believed. */
  isCompared = false;
  /** Set where it is not for a name: it only shows whether the first opinion was right. */
  #comparison: Comparison | undefined;
  #opinions: readonly AnswerOpinion[] = none;
  /** How many resolvers that can be believed must say the same. */
  #needed = 1;
  /** Bytes of the answers that wait. */
  #held = 0;

  constructor(checker: Checker, name: string, type: number, listener: AnswerListener) {
    this.#checker = checker;
    this.#name = name;
    this.#type = type;
    this.#listener = listener;
  }

  onAnswer(result: QueryResult): void {
    if ('failed' in result) {
      this.#conclude(result);
      return;
    }
    const { trust } = this.#checker;
    const isOnly = this.#opinions === none && this.#needed === 1 && !this.isCompared;
    if (isOnly && trust.takes(result, result.reply.records.length > 0)) {
      this.#listener.onAnswer(result);
      return;
    }
    const standing = trust.standingOf(result);
    if (standing === 'unchecked' || standing === 'checking') {
      const { records } = result.reply;
      const bytes = bytesOf(records);
      this.#checker.held.hold(bytes);
      this.#checker.check(result, this.#name, {
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
    const { resolver, transport, reply } = result;
    const { trust } = this.#checker;
    // Where no other could be asked, one is asked again that has said its opinion.
    const isRepeat = this.#opinions.some((each) => each.resolver === resolver);
    if (this.#opinions.length > 0 && endsInAlias(reply)) {
      // It neither finds nor denies what is at the end of the alias.
      this.#conclude(result);
      return;
    }
    if (!isRepeat) {
      const isFound = reply.records.length > 0;
      const opinion = { resolver, transport, isFound, isNodata: isNodata(reply), result };
      const isTrusted = trust.noteOpinion(opinion);
      const isEnough = this.#needed === 1 && this.#opinions === none;
      if (isEnough && isTrusted) {
        this.#settle(opinion);
        return;
      }
      if (isEnough && trust.isStrong(opinion)) {
        if (holdsRecords(reply)) this.#checker.noteFound(opinion);
        if (trust.isOnProbation(opinion)) this.#wait(opinion);
        else this.#settle(opinion);
        return;
      }
      this.#add(opinion);
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
    if (this.#isContradicted) this.#comparison?.onDispute();
    if (isRepeat) this.#conclude(result);
    else this.#askAnother(result);
  }

  /** One opinion is enough: nearly every answer ends here. */
  #settle(opinion: AnswerOpinion): void {
    this.#listener.onAnswer(opinion.result);
    if (this.isCompared) this.#compare(opinion);
  }

  /** Waits until it is seen whether the first answers of its resolver are right. */
  #wait(opinion: AnswerOpinion): void {
    const probation = this.#checker.probationOf(opinion);
    const comparison = this.#checker.drawEarly(probation, opinion.isFound);
    if (comparison) this.#compare(opinion, comparison);
    if (probation.isWaiting) {
      const bytes = bytesOf(opinion.result.reply.records);
      this.#checker.held.hold(bytes);
      probation.wait((isDoubted) => {
        this.#checker.held.release(bytes);
        this.#endWait(opinion, isDoubted);
      });
    } else {
      this.#endWait(opinion, false);
    }
    if (probation.isOver) this.#checker.trust.endProbation(opinion);
  }

  #endWait(opinion: AnswerOpinion, isDoubted: boolean): void {
    const { resolver, result } = opinion;
    const { trust } = this.#checker;
    if (!trust.isBelieved(resolver)) {
      this.#askAnother(result);
    } else if (!isDoubted && trust.isStrong(opinion)) {
      this.#listener.onAnswer(result);
    } else {
      if (trust.isStrong(opinion)) this.#needed = 2;
      this.#add(opinion);
      this.#weigh(result, false);
    }
  }

  /** Asks another what it says; the name does not wait for it. */
  #compare(opinion: AnswerOpinion, comparison?: Comparison): void {
    const listener = comparison ? { onAnswer: () => comparison.onEnd() } : nowhere;
    const query = new CheckedQuery(this.#checker, this.#name, this.#type, listener);
    query.#comparison = comparison;
    query.#needed = 2;
    query.#add(opinion);
    query.#askAnother(opinion.result);
  }

  #askAnother(result: Answered): void {
    const { trust, ask } = this.#checker;
    const not = [...this.#opinions.map(({ resolver }) => resolver), result.resolver];
    if (not.length > MAX_OPINIONS || !trust.hasOther(not)) this.#conclude(result);
    else {
      const priority = this.#listener === nowhere ? 'usual' : 'first';
      ask(this.#name, this.#type, this, { priority, not });
    }
  }

  /** Comes to a result with the opinions that there are; without any, it is this one. */
  #conclude(last: QueryResult): void {
    if (this.#opinions.length === 0) {
      this.#listener.onAnswer(last);
      return;
    }
    const { trust } = this.#checker;
    if (this.#isContradicted && this.#checker.checkTld(this.#name, () => this.#conclude(last)))
      return;
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

  get #isContradicted(): boolean {
    const [first] = this.#opinions;
    return this.#opinions.some(({ isFound }) => isFound !== first?.isFound);
  }

  #finish(isFound: boolean, isFirm: boolean): void {
    const { trust } = this.#checker;
    const agreeing = this.#opinions.filter((each) => each.isFound === isFound);
    const chosen = agreeing.find((each) => trust.isStrong(each)) ?? agreeing[0];
    const { result } = chosen as AnswerOpinion;
    if (isFound && trust.isStrong(chosen as Opinion)) {
      for (const each of agreeing) {
        if (holdsRecords(each.result.reply)) this.#checker.noteFound(each);
      }
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
