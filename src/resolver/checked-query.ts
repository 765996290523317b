/** A question whose answer is believed only from a resolver that can be. */

import type { Reply } from '../dns/message.js';
import type { Checker } from './checker.js';
import {
  type AnswerOpinion,
  conclude,
  concludeAnyway,
  isContradicted,
  type Opinion,
} from './conclusion.js';
import type { ControlName } from './control-names.js';
import { bytesOf } from './held-answers.js';
import { endsInAlias, isNodata } from './made-up-answer.js';
import type { Comparison } from './probation.js';
import type { Answered, AnswerListener, QueryResult } from './query.js';
import type { Voice } from './trust-records.js';

/** The most resolvers that are asked about one name. */
const MAX_OPINIONS = 32;

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
      if (isEnough) {
        if (isTrusted) this.#settle(opinion);
        else this.#judgeFirst(opinion);
        return;
      }
      this.#add(opinion);
    }
    this.#weigh(result, isRepeat);
  }

  /** One opinion is enough if it has weight. */
  #judgeFirst(opinion: AnswerOpinion): void {
    const { result } = opinion;
    const { trust } = this.#checker;
    if (!trust.isBelieved(opinion.resolver)) {
      this.#askAnother(result);
    } else if (trust.isStrong(opinion)) {
      if (holdsRecords(result.reply)) this.#checker.noteFound(opinion);
      if (trust.isOnProbation(opinion)) this.#wait(opinion);
      else this.#settle(opinion);
    } else if (opinion.isFound || !this.#prove(opinion)) {
      this.#add(opinion);
      this.#weigh(result, false);
    }
  }

  /** A denial of one that has found nothing yet may count once it has found what others find. */
  #prove(opinion: AnswerOpinion): boolean {
    const { held, probations } = this.#checker;
    const bytes = bytesOf(opinion.result.reply.records);
    held.hold(bytes);
    const isBegun = probations.prove(opinion, () => {
      held.release(bytes);
      this.#judgeFirst(opinion);
    });
    if (!isBegun) held.release(bytes);
    return isBegun;
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
    if (isContradicted(this.#opinions)) this.#comparison?.onDispute();
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
    const probation = this.#checker.probations.of(opinion);
    const comparison = this.#checker.probations.draw(probation, opinion.isFound);
    if (comparison) this.#compare(opinion, comparison);
    if (probation.isWaiting) {
      const bytes = bytesOf(opinion.result.reply.records);
      this.#checker.held.hold(bytes);
      probation.wait((isDoubted) => {
        this.#checker.held.release(bytes);
        this.#endWait(opinion, isDoubted);
      });
      this.#checker.probations.drawControls(opinion);
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

  /** Asks a resolver about a name that others agree about. */
  static control(checker: Checker, of: ControlName, voice: Voice, comparison: Comparison): void {
    const { name, type, opinions } = of;
    const listener = { onAnswer: () => comparison.onEnd() };
    const query = new CheckedQuery(checker, name, type, listener);
    query.#comparison = comparison;
    query.#needed = 2;
    query.#add(opinions[0] as AnswerOpinion);
    const { resolver, transport } = voice;
    checker.ask(name, type, query, { priority: 'first', resolver, transport });
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
    if (
      isContradicted(this.#opinions) &&
      this.#checker.checkTld(this.#name, () => this.#conclude(last))
    )
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
    if (isFirm) this.#checker.compare(this.#opinions, isFound);
    if (this.#opinions.length > 1 && agreeing.filter(isStrong).length === this.#opinions.length) {
      const [name, type, opinions] = [this.#name, this.#type, this.#opinions];
      this.#checker.probations.noteAgreement({ name, type, opinions });
    }
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
