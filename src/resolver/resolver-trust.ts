/**
 * Which resolvers tell the truth, as far as their answers show it. Pure: it judges what others have
 * asked.
 *
 * A resolver lies if it makes up an address for names that cannot exist: under two top-level domains,
 * or under one for which another that has found something denies it. It withholds if it has never found
 * anything and denies names that an honest one finds. It contradicts if others agree against it about the
 * same names, clearly more often than against each other. To refuse or deny is no lie: it may know its
 * own network only. If no resolver would be left, the check says nothing, and is dropped.
 */

import { blurs, type CheckAnswer, standingBy } from './check-verdict.js';
import { CheckVotes } from './check-votes.js';
import type { Opinion } from './conclusion.js';
import { PairDispute } from './pair-dispute.js';
import { type Distrusted, isDistrusted, type Standing, type TrustRecord } from './trust-record.js';
import { TrustRecords, type Voice } from './trust-records.js';

/**
 * How often others may be against one that has never found anything, against one that at least knows a
 * top-level domain (it may deny what a single liar makes up), and against one that has found something.
 */
const MAX_AGAINST_UNPROVEN = 2;
const MAX_AGAINST_KNOWING = 8;
const MAX_AGAINST_PROVEN = 3;
/** By how much the share of its contradictions must exceed that of all others. */
const CONTRADICTION_RATIO = 2;
/**
 * One that has found nothing yet may deny as long as, by what so many answers of the others had, it is
 * expected to have been asked about less than this number of names that exist.
 */
const ENOUGH_ANSWERS = 16;
const MAX_EXPECTED = 0.5;
/** Comparisons in a row without a contradiction that end a suspicion. */
const AGREEMENTS_TO_CLEAR = 64;

export class ResolverTrust {
  readonly #records: TrustRecords;
  readonly #votes = new CheckVotes<TrustRecord>();
  #isDropped = false;
  #changes = 0;
  /** What all said about names of the list. */
  #said = 0;
  #found = 0;
  /** Where only two are believed. */
  readonly pair = new PairDispute();

  constructor(resolvers: readonly string[]) {
    this.#records = new TrustRecords(resolvers);
  }

  /** The check showed no resolver that can be believed, so it is not heeded. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** How often it changed who is believed. */
  get changes(): number {
    return this.#changes;
  }

  /** Those that are not believed, each with the reason. */
  get distrusted(): ReadonlyMap<string, Distrusted> {
    return this.#isDropped ? new Map() : this.#records.distrusted;
  }

  get believed(): readonly string[] {
    return [...this.#records.firsts.keys()].filter((resolver) => this.isBelieved(resolver));
  }

  standingOf(voice: Voice): Standing {
    const record = this.#records.of(voice);
    if (this.#isDropped || !record) return 'honest';
    const { first = record } = record;
    return isDistrusted(first.standing) ? first.standing : record.standing;
  }

  /** What is known of who says something: the same object each time. */
  recordOf(voice: Voice): TrustRecord | undefined {
    return this.#records.of(voice);
  }

  isBelieved(resolver: string): boolean {
    return !isDistrusted(this.standingOf({ resolver }));
  }

  isProven(voice: Voice): boolean {
    return this.#isDropped || (this.#records.of(voice)?.isProven ?? true);
  }

  /** Whether its first answers wait: there are others to compare them with. */
  isOnProbation(voice: Voice): boolean {
    if (this.#isDropped || !this.hasSeveral) return false;
    return this.#records.of(voice)?.isOnProbation ?? false;
  }

  endProbation(voice: Voice): void {
    const record = this.#records.of(voice);
    if (record) record.isOnProbation = false;
  }

  endAllProbations(): void {
    for (const record of this.#records.all()) record.isOnProbation = false;
  }

  /** Whether more than one is believed, so that what they say can be compared. */
  get hasSeveral(): boolean {
    return this.#records.counts.believed > 1;
  }

  /** Whether there are two, and they contradict each other. */
  get #areAtOdds(): boolean {
    return this.pair.isOpen && this.#records.counts.believed === 2 && !this.#isDropped;
  }

  /**
   * Two said something about one name, each of which would be believed alone: without a third, either may be right.
   *
   * @param opinions nothing follows unless there are two, and no more resolvers
   */
  notePair(opinions: readonly Opinion[]): void {
    const [first, second] = opinions;
    if (!first || !second || opinions.length > 2 || this.#records.counts.believed !== 2) return;
    const isPair = opinions.every((each) => this.isProven(each) && this.#hasWeight(each));
    if (isPair) this.pair.note(first.isFound === second.isFound);
  }

  /** Whether others were against it of late. */
  isDoubted(voice: Voice): boolean {
    if (this.#areAtOdds) return true;
    return this.#records.of(voice)?.agreed !== undefined;
  }

  /** Whether an opinion counts without another that agrees. */
  isStrong(opinion: Opinion): boolean {
    return this.#hasWeight(opinion) && !this.#areAtOdds;
  }

  #hasWeight(opinion: Opinion): boolean {
    const { isFound } = opinion;
    const record = this.#records.of(opinion);
    if (this.#isDropped || !record) return true;
    if (record.agreed !== undefined || !(isFound || this.#mayDeny(record))) return false;
    if (isBlurred(record, opinion)) return false;
    // Where no check could tell anything, there is nothing to compare with.
    return (
      record.standing === 'honest' ||
      (record.standing === 'untested' && this.#records.counts.better === 0)
    );
  }

  /** Whether a denial of this one counts: it has found something, or is not yet expected to have. */
  #mayDeny({ isProven, knows, said, found }: TrustRecord): boolean {
    if (isProven) return true;
    if (!knows) return false;
    const others = this.#said - said;
    return others >= ENOUGH_ANSWERS && (said * (this.#found - found)) / others < MAX_EXPECTED;
  }

  /** Takes note of an answer about a name of the list; tells whether it counts at once, as nearly all do. */
  noteOpinion(opinion: Opinion): boolean {
    const record = this.#records.of(opinion);
    if (!record) return false;
    this.#count(record, opinion.isFound);
    return isBeyondDoubt(record) && !isBlurred(record, opinion) && !this.#areAtOdds;
  }

  /** The same at less cost for nearly all answers; takes no note of any that may not count. */
  takes(voice: Voice, isFound: boolean): boolean {
    const record = this.#records.of(voice);
    if (!record || !isTaken(record) || this.#areAtOdds) return false;
    this.#count(record, isFound);
    return true;
  }

  #count(record: TrustRecord, isFound: boolean): void {
    record.said++;
    record.found += Number(isFound);
    this.#said++;
    this.#found += Number(isFound);
  }

  /** Whether any resolver may still be asked beside these. */
  hasOther(resolvers: readonly string[]): boolean {
    return this.#records.hasOther(resolvers);
  }

  /** Whether any beside these is believed and has answered a question. */
  hasCompany(resolvers: readonly string[]): boolean {
    return this.#records.hasCompany(resolvers);
  }

  startCheck(voice: Voice): void {
    const record = this.#records.of(voice);
    if (record) this.#change(record, { standing: 'checking' });
  }

  /** @param knows it has answered with records what it was asked about a top-level domain */
  endCheck(voice: Voice, answers: readonly CheckAnswer[], knows: boolean): void {
    const record = this.#records.of(voice);
    if (!record) return;
    this.#change(record, { answers, standing: 'untested', knows, blurs: blurs(answers) });
    this.#review(this.#votes.add(record, answers));
  }

  /** A name that cannot exist was asked for once more, after the check. */
  noteCheckAnswer(voice: Voice, answer: CheckAnswer): void {
    const record = this.#records.of(voice);
    if (!record || record.standing === 'unchecked' || record.standing === 'checking') return;
    if (record.answers.some(({ parent }) => parent === answer.parent)) return;
    this.#change(record, { answers: [...record.answers, answer] });
    this.#review(this.#votes.add(record, [answer]));
  }

  noteFound(voice: Voice): void {
    const record = this.#records.of(voice);
    if (!record || record.isProven) return;
    // What it denied before was held against it on the word of a single one, which may have made that up.
    this.#change(record, { isProven: true, compared: 0, against: 0, agreed: undefined });
    // Where it knows a top-level domain, what it denied counted before.
    if (!record.knows) this.#review(this.#votes.prove(record));
  }

  /**
   * Several said something about one name, and this is what is taken for true.
   *
   * @param isFound what that is
   */
  compare(opinions: readonly Opinion[], isFound: boolean): void {
    for (const opinion of opinions) {
      const record = this.#records.of(opinion);
      if (!record || isDistrusted(record.standing)) continue;
      const isAgainst = opinion.isFound !== isFound;
      if (!isAgainst && record.agreed === undefined) {
        // Nearly always: nothing follows from it.
        record.compared++;
        continue;
      }
      const agreed = isAgainst ? 0 : record.agreed === undefined ? undefined : record.agreed + 1;
      this.#change(record, {
        compared: record.compared + 1,
        against: record.against + Number(isAgainst),
        agreed: agreed === AGREEMENTS_TO_CLEAR ? undefined : agreed,
      });
      if (isAgainst) this.#judge(record, opinion.isFound);
    }
    this.#dropIfAlone();
  }

  /** Others were against it once more. */
  #judge(record: TrustRecord, wasFound: boolean): void {
    const { isProven, against } = record;
    if (!isProven || record.standing === 'untested') {
      const isKnowing = record.knows && record.standing === 'honest' && !wasFound;
      if (against < (isKnowing ? MAX_AGAINST_KNOWING : MAX_AGAINST_UNPROVEN)) return;
      this.#change(record, { standing: wasFound ? 'lying' : 'withholding' });
    } else if (against >= MAX_AGAINST_PROVEN && standsOut(record, this.#records.all())) {
      this.#change(record, { standing: 'contradicting' });
    }
  }

  /** Judges checks anew: what one says may tell about others. */
  #review(records: readonly TrustRecord[]): void {
    for (const record of records) {
      const { standing } = record;
      if (standing !== 'untested' && standing !== 'honest') continue;
      const judged = standingBy(record.answers, this.#votes.on);
      if (judged !== standing) this.#change(record, { standing: judged });
    }
    this.#dropIfAlone();
  }

  #dropIfAlone(): void {
    if (this.#isDropped || this.#records.counts.believed > 0) return;
    const all = [...this.#records.firsts.values()];
    const outvoted = all.filter(({ standing }) => standing !== 'lying');
    // They contradicted ones that were found out to make names up: others have no more to say against them.
    for (const record of outvoted) this.#change(record, { standing: 'honest', against: 0 });
    this.#isDropped = outvoted.length === 0 || outvoted.length === all.length;
    if (this.#isDropped) this.#changes++;
  }

  #change(record: TrustRecord, change: Partial<TrustRecord>): void {
    if (this.#records.change(record, change)) this.#changes++;
  }
}

/** Whether what it says counts at once, over whatever it says it. */
function isTaken(record: TrustRecord): boolean {
  const { first = record, blurs } = record;
  return isBeyondDoubt(record) && !blurs && !isDistrusted(first.standing);
}

function isBeyondDoubt({ standing, isProven, agreed, isOnProbation }: TrustRecord): boolean {
  return standing === 'honest' && isProven && agreed === undefined && !isOnProbation;
}

function isBlurred(record: TrustRecord, { isNodata }: Opinion): boolean {
  return record.blurs && isNodata === true;
}

/** Whether the share of its contradictions is clearly above that of all others. */
function standsOut({ compared, against }: TrustRecord, records: Iterable<TrustRecord>): boolean {
  let [allCompared, allAgainst] = [-compared, -against];
  for (const each of records) {
    if (isDistrusted(each.standing)) continue;
    allCompared += each.compared;
    allAgainst += each.against;
  }
  return against * allCompared > CONTRADICTION_RATIO * allAgainst * compared;
}
