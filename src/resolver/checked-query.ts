/** A question whose answer is believed only from a resolver that can be. */

import type { Checker } from './checker.js';
import type { AnswerOpinion } from './conclusion.js';
import { bytesOf } from './held-answers.js';
import { holdsRecords, isNodata } from './made-up-answer.js';
import { compare, Poll } from './poll.js';
import type { Comparison } from './probation.js';
import type { Answered, AnswerGate, AnswerListener, HeldQuestion, QueryResult } from './query.js';

/** Whether an answer counts by itself, as nearly all do. */
function takes({ trust }: Checker, result: Answered): boolean {
  return trust.takes(result, result.reply.records.length > 0);
}

/**
 * `compared`: another resolver is asked too, even if an answer can be believed. `made-up`: whoever asks for a name that nobody
 * has compares what resolvers say of it, and knows what it tells about them.
 */
type QuestionKind = 'usual' | 'compared' | 'made-up';

/** Lets answers pass that count by themselves; a question of which another is doubted becomes a {@link CheckedQuery}. */
export class CheckGate implements AnswerGate {
  readonly #checker: Checker;
  readonly #kind: QuestionKind;

  constructor(checker: Checker, kind: QuestionKind) {
    this.#checker = checker;
    this.#kind = kind;
  }

  passes(result: Answered): boolean {
    return this.#kind !== 'compared' && takes(this.#checker, result);
  }

  hold(result: Answered, { name, type, listener }: HeldQuestion): void {
    // Not the query itself: that still has what other resolvers answered, which nobody counts.
    new CheckedQuery(this.#checker, { name, type, listener }, this.#kind).take(result);
  }
}

class CheckedQuery implements AnswerListener {
  readonly #checker: Checker;
  readonly #question: HeldQuestion;
  readonly #kind: QuestionKind;

  constructor(checker: Checker, question: HeldQuestion, kind: QuestionKind) {
    this.#checker = checker;
    this.#question = question;
    this.#kind = kind;
  }

  onAnswer(result: QueryResult): void {
    if ('failed' in result) this.#tell(result);
    else if (this.#kind === 'compared' || !takes(this.#checker, result)) this.take(result);
    else this.#tell(result);
  }

  /** Weighs an answer that may not count by itself. */
  take(result: Answered): void {
    const { trust, held } = this.#checker;
    const standing = trust.standingOf(result);
    if (standing === 'honest' || standing === 'untested') this.#judge(result);
    else if (standing !== 'unchecked' && standing !== 'checking') this.#askAnother(result);
    else if (held.isFull) this.#putOff(result);
    else this.#checker.check(result, this.#question.name, () => this.take(result));
  }

  #judge(result: Answered): void {
    const { resolver, transport, reply } = result;
    const isFound = reply.records.length > 0;
    const opinion = { resolver, transport, isFound, isNodata: isNodata(reply), result };
    if (this.#checker.trust.noteOpinion(opinion)) this.#settle(opinion);
    else this.#weigh(opinion);
  }

  /** One opinion is enough if it has weight. */
  #weigh(opinion: AnswerOpinion): void {
    const { result } = opinion;
    const { trust } = this.#checker;
    if (!trust.isBelieved(opinion.resolver)) {
      this.#askAnother(result);
    } else if (trust.isStrong(opinion)) {
      if (holdsRecords(result.reply)) this.#checker.noteFound(opinion);
      if (this.#kind !== 'made-up' && trust.isOnProbation(opinion)) this.#wait(opinion);
      else this.#settle(opinion);
    } else if (opinion.isFound || !this.#prove(opinion)) {
      this.#poll(opinion, 1);
    }
  }

  /** A denial of one that has found nothing yet may count once it has found what others find. */
  #prove(opinion: AnswerOpinion): boolean {
    const { held, probations } = this.#checker;
    if (held.isFull) return false;
    const bytes = bytesOf(opinion.result.reply.records);
    held.hold(bytes);
    const isBegun = probations.prove(opinion, () => {
      held.release(bytes);
      this.#weigh(opinion);
    });
    if (!isBegun) held.release(bytes);
    return isBegun;
  }

  /** One opinion is enough: nearly every answer ends here. */
  #settle(opinion: AnswerOpinion): void {
    this.#tell(opinion.result);
    if (this.#kind === 'compared') this.#compare(opinion);
  }

  /** Waits until it is seen whether the first answers of its resolver are right. */
  #wait(opinion: AnswerOpinion): void {
    const { held, probations, trust } = this.#checker;
    if (held.isFull) {
      this.#putOff(opinion.result);
      return;
    }
    const probation = probations.of(opinion);
    const comparison = probations.draw(probation, opinion.isFound);
    if (comparison) this.#compare(opinion, comparison);
    if (probation.isWaiting) {
      const bytes = bytesOf(opinion.result.reply.records);
      held.hold(bytes);
      probation.wait((isDoubted) => {
        held.release(bytes);
        this.#endWait(opinion, isDoubted);
      });
      probations.drawControls(opinion);
    } else {
      this.#endWait(opinion, false);
    }
    if (probation.isOver) trust.endProbation(opinion);
  }

  #endWait(opinion: AnswerOpinion, isDoubted: boolean): void {
    const { resolver, result } = opinion;
    const { trust } = this.#checker;
    const isStrong = trust.isStrong(opinion);
    if (!trust.isBelieved(resolver)) this.#askAnother(result);
    else if (!isDoubted && isStrong) this.#tell(result);
    else this.#poll(opinion, isStrong ? 2 : 1);
  }

  /** Asks another what it says; the name does not wait for it. */
  #compare(opinion: AnswerOpinion, comparison?: Comparison): void {
    compare(this.#checker, this.#question, opinion, comparison);
  }

  /** @param needed how many that count must say the same */
  #poll(opinion: AnswerOpinion, needed: number): void {
    const { name, type, listener } = this.#question;
    const isMadeUp = this.#kind === 'made-up';
    const question = { name, type, listener, origin: this, isMadeUp };
    new Poll(this.#checker, question, needed).begin(opinion);
  }

  /** Asks another in place of one that is not believed. */
  #askAnother(result: Answered): void {
    const not = [result.resolver];
    const { name, type } = this.#question;
    if (!this.#checker.trust.hasOther(not)) this.#tell(result);
    else this.#checker.ask(name, type, this, { priority: 'first', not });
  }

  #putOff({ reply }: Answered): void {
    const { name, type } = this.#question;
    this.#checker.askLater(name, type, bytesOf(reply.records), this);
  }

  #tell(result: QueryResult): void {
    this.#question.listener.onAnswer(result);
  }
}
