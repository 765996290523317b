/**
 * Asks for random siblings of a name that was found. Under a parent with a wildcard (RFC 4592) every
 * name is found, and so is every name behind a resolver that rewrites NXDOMAIN. What the siblings
 * show, `wildcard-verdict.ts` judges.
 */

import { randomBytes } from 'node:crypto';
import type { DnsRecord } from '../core/model.js';
import { TYPE, typeNumber } from '../dns/types.js';
import type { CheckedAsk } from '../resolver/checked-ask.js';
import { bytesOf, type HeldAnswers } from '../resolver/held-answers.js';
import type { Ask, AskOptions } from '../resolver/query.js';
import { ParentComparison, SiblingDraw } from './sibling-draw.js';
import {
  LoneFinders,
  SiblingDeniers,
  SiblingOpinions,
  type SiblingView,
} from './sibling-opinions.js';
import { type Finding, type FindingHandler, TypeLookup } from './type-lookup.js';
import {
  type DataDigests,
  digestsOf,
  isSameSet,
  WildcardEvidence,
  type WildcardVerdict,
} from './wildcard-verdict.js';

/** The most that is asked about one parent. */
const MAX_QUESTIONS = 4;
/** Bytes of all that is remembered; the oldest parent is forgotten first, and would be asked again. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What a parent takes at least, by measurement, and what a number in a map adds. */
const PARENT_BYTES = 800;
const NUMBER_BYTES = 40;
/** The longest name as text. */
const MAX_NAME = 253;
/** Below a parent with so many names, whether resolvers differ about its siblings is a question for many names. */
const MANY_NAMES = 16;
/** Hexadecimal digits of a random label; fewer where the parent leaves no room, but not too few. */
const LABEL_DIGITS = 16;
const LEAST_DIGITS = 8;

/** `disbelieved`: who found the name makes names up, and another is to be asked. */
type OnVerdict = (verdict: WildcardVerdict | 'disbelieved') => void;

export interface WildcardOptions
  extends Pick<
    CheckedAsk,
    | 'ask'
    | 'groupOf'
    | 'noteSibling'
    | 'isBelieved'
    | 'changes'
    | 'canCompare'
    | 'hasCompany'
    | 'compare'
  > {
  /** Counts the answers that wait for a sibling. */
  readonly held: HeldAnswers;
}

export class WildcardSiblings {
  readonly #options: WildcardOptions;
  readonly #parents = new Map<string, Parent>();
  readonly #shared = {
    draw: new SiblingDraw(),
    deniers: new SiblingDeniers(),
    loneFinders: new LoneFinders(),
  };
  #bytes = 0;

  constructor(options: WildcardOptions) {
    this.#options = options;
  }

  /**
   * Tells whether what was found is only the wildcard's. The first name found under a parent costs a
   * question, and three more where it leads elsewhere than its sibling. Right below a top-level domain each resolver
   * that finds a name is asked, up to four, since one may make up names under this domain alone, which the check of
   * the resolvers does not show. Where a sibling is denied, others are asked under some parents, and under all
   * with many names, since one may deny the names of wildcards.
   */
  judge(name: string, finding: Finding, onVerdict: OnVerdict): void {
    const dot = name.indexOf('.');
    const last = finding.records.at(-1);
    if (dot < 0 || dot === name.length - 1 || name.startsWith('*') || !last) {
      onVerdict(false);
      return;
    }
    const { resolver = '', records, types } = finding;
    const type = typeNumber(last.type) ?? TYPE.A;
    // A lookup of addresses asks for AAAA only where A came back empty.
    const lacksA = types === undefined && records.every((each) => each.type === 'AAAA');
    const parent = this.#parent(name.slice(dot + 1));
    parent.judge({ type, resolver, records, lacksA, data: digestsOf(name, records), onVerdict });
  }

  /** No sibling is waited for any more. */
  conclude(): void {
    for (const parent of this.#parents.values()) parent.conclude();
  }

  #parent(name: string): Parent {
    const known = this.#parents.get(name);
    if (known) return known;
    const resize = (bytes: number) => {
      if (this.#parents.get(name) === parent) this.#bytes += bytes;
    };
    const parent = new Parent(name, { ...this.#options, ...this.#shared }, resize);
    this.#parents.set(name, parent);
    this.#bytes += parent.bytes;
    for (const [oldest, { bytes }] of this.#parents) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#parents.delete(oldest);
      this.#bytes -= bytes;
    }
    return parent;
  }
}

/** A name that was found and waits for its siblings. */
interface Candidate {
  readonly type: number;
  readonly resolver: string;
  readonly records: readonly DnsRecord[];
  /** It was asked for A, and has none. */
  readonly lacksA: boolean;
  readonly data: DataDigests;
  readonly onVerdict: OnVerdict;
}

interface ParentOptions extends WildcardOptions {
  readonly draw: SiblingDraw;
  readonly deniers: SiblingDeniers;
  readonly loneFinders: LoneFinders;
}

const none: readonly string[] = [];

/** What is known of the siblings under one name. */
class Parent implements FindingHandler {
  readonly #name: string;
  readonly #options: ParentOptions;
  readonly #opinions: SiblingOpinions;
  readonly #resize: (bytes: number) => void;
  readonly #evidence = new Map<number, WildcardEvidence>();
  /** Groups of resolvers for which a sibling has no record of the type that was judged last. */
  readonly #absent: string[] = [];
  /** What those were taken from. */
  #judgedBy: SiblingView | undefined;
  /** Resolvers that were asked for a sibling. */
  #asked: readonly string[] = none;
  /** A sibling was found, in truth or not. */
  #isFound = false;
  /** Undefined before one was denied. */
  #comparison: ParentComparison | undefined;
  #names = 0;
  #questions = 0;
  #sibling = '';
  /** The resolver that the sibling in flight is asked at; undefined while none is. */
  #askedAt: string | undefined;
  #waiting: Candidate[] = [];
  bytes: number;

  /** @param resize told when the parent takes more bytes than before */
  constructor(name: string, options: ParentOptions, resize: (bytes: number) => void) {
    this.#name = name;
    this.#options = options;
    this.#opinions = new SiblingOpinions(options, options.deniers);
    this.#resize = resize;
    this.bytes = PARENT_BYTES + 2 * name.length;
  }

  judge(candidate: Candidate): void {
    const evidence = this.#evidenceOf(candidate.type);
    const { size } = evidence;
    this.#names++;
    evidence.addName(candidate.data);
    this.#tell(candidate);
    if (evidence.size !== size) this.#measure();
  }

  onFinding(finding: Finding, { type }: TypeLookup): void {
    const { outcome, records } = finding;
    const { resolver = this.#askedAt as string } = finding;
    const group = this.#options.groupOf(resolver);
    this.#askedAt = undefined;
    if (!this.#asked.includes(resolver)) this.#asked = [...this.#asked, resolver];
    if (outcome === 'found' || outcome === 'nxdomain') {
      this.#isFound ||= outcome === 'found';
      if (this.#isTld) this.#options.noteSibling(resolver, this.#name, outcome === 'found');
    }
    this.#noteOpinion(resolver, finding, type);
    if (!this.#options.isBelieved(resolver)) {
      // What it makes up is no wildcard.
    } else if (outcome === 'found' || (outcome === 'contradiction' && records.length > 0)) {
      this.#evidenceOf(type).addSibling({ group, data: digestsOf(this.#sibling, records) });
    }
    this.#tellWaiting();
    this.#measure();
  }

  /** The run ends: what was found is told without its siblings, if its resolver is believed. */
  conclude(): void {
    for (const { resolver, records, onVerdict } of this.#waiting.splice(0)) {
      this.#options.held.release(bytesOf(records));
      if (this.#options.isBelieved(resolver)) onVerdict('unchecked');
    }
  }

  #tellWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const candidate of waiting) {
      this.#options.held.release(bytesOf(candidate.records));
      this.#tell(candidate);
    }
    if (this.#askedAt === undefined) this.#comparison?.noteRest(this.#asked);
  }

  #noteOpinion(resolver: string, { outcome, records }: Finding, type: number): void {
    const isGone = outcome === 'nxdomain';
    if (outcome === 'contradiction') this.#opinions.noteDispute();
    else if (!isGone && outcome !== 'found' && outcome !== 'nodata') return;
    else {
      this.#opinions.add({
        resolver,
        isFound: outcome === 'found',
        type: isGone ? undefined : type,
      });
    }
    const { draw, deniers, compare } = this.#options;
    const { opinions, denying, isContradicted } = this.#opinions.about(type);
    if (!isContradicted) return;
    draw.noteContradiction();
    const data = outcome === 'found' ? digestsOf(this.#sibling, records) : [];
    if (this.#areRefuted(denying, type, data)) {
      deniers.noteRefuted(denying);
      return;
    }
    // Two against one decide.
    const found = opinions.length - denying.length;
    if (found > denying.length) compare(opinions, true);
    else if (found < denying.length && this.#isMadeUp(resolver, data)) compare(opinions, false);
  }

  /** Whether that looks as if it was made up rather than a wildcard's. */
  #isMadeUp(resolver: string, data: DataDigests): boolean {
    return data.length > 0 && this.#options.loneFinders.note(resolver, data);
  }

  /** Whether one that denies siblings has found for a name what another finds for a sibling: no other has made that up. */
  #areRefuted(denying: readonly string[], type: number, data: DataDigests): boolean {
    const evidence = this.#evidenceOf(type);
    return this.#waiting.some(
      (each) =>
        each.type === type &&
        (denying.includes(each.resolver) || this.#options.deniers.has(each.resolver)) &&
        (isSameSet(each.data, data) || evidence.judgeDisputed(each.data) === true),
    );
  }

  get #isTld(): boolean {
    return !this.#name.includes('.');
  }

  /** How a sibling is to be asked for to compare resolvers; undefined if that is not needed. */
  #compare({ resolver, type }: Candidate): AskOptions | 'later' | undefined {
    const wasAsked = this.#asked.includes(resolver);
    const isNeeded = this.#isTld && (!wasAsked || (this.#isFound && this.#asked.length < 2));
    if (!isNeeded || !this.#options.canCompare(resolver)) return this.#otherOpinion(type);
    const where = wasAsked ? { not: [resolver] } : { resolver };
    return { priority: 'first', ...where };
  }

  /** The same where all have denied one: of so many, and of as many as may be once they differ. */
  #otherOpinion(type: number): AskOptions | 'later' | undefined {
    const { opinions, isContradicted } = this.#opinions.about(type);
    const [first] = opinions;
    if (!first || !this.#options.hasCompany(this.#asked)) return undefined;
    if (!isContradicted) {
      if (first.isFound) return undefined;
      const wanted = this.#wanted(first.resolver, type);
      if (wanted === undefined) return 'later';
      if (this.#asked.length >= wanted) return undefined;
    }
    return { priority: 'first', not: this.#asked };
  }

  /** How many are asked where this one has denied a sibling; undefined if that is to be seen. */
  #wanted(resolver: string, type: number): number | undefined {
    if (this.#names >= MANY_NAMES || this.#options.draw.isContradicted) return MAX_QUESTIONS;
    this.#comparison ??= new ParentComparison(this.#options.draw, type, () => this.#tellWaiting());
    return this.#comparison.wanted(resolver, MAX_QUESTIONS);
  }

  #tell(candidate: Candidate): void {
    const { resolver, onVerdict } = candidate;
    if (!this.#options.isBelieved(resolver)) {
      onVerdict('disbelieved');
      return;
    }
    if (candidate.lacksA && this.#givesA) {
      onVerdict(false);
      return;
    }
    const room = Math.min(LABEL_DIGITS, MAX_NAME - 1 - this.#name.length);
    const isLast = this.#questions >= MAX_QUESTIONS || room < LEAST_DIGITS;
    const comparison = isLast ? undefined : this.#compare(candidate);
    const mustWait = comparison !== undefined || (isLast && this.#askedAt !== undefined);
    const verdict = mustWait ? undefined : this.#judge(candidate, isLast);
    if (verdict !== undefined) {
      onVerdict(verdict);
      return;
    }
    // Of a resolver that gives thousands of records for each name, many fewer names can wait than are in flight.
    if (this.#options.held.isFull) {
      onVerdict('unchecked');
      return;
    }
    this.#waiting.push(candidate);
    this.#options.held.hold(bytesOf(candidate.records));
    if (this.#askedAt !== undefined || comparison === 'later') return;
    this.#askSibling(candidate, room, comparison ?? this.#where(resolver));
  }

  /** A sibling has an A record, which the wildcard would give every name that does not exist by itself. */
  get #givesA(): boolean {
    const { opinions, isContradicted } = this.#opinions.about(TYPE.A);
    return !isContradicted && opinions.some(({ isFound }) => isFound);
  }

  #judge({ type, resolver, data }: Candidate, isLast: boolean): WildcardVerdict | undefined {
    const evidence = this.#evidenceOf(type);
    const view = this.#opinions.about(type);
    if (view !== this.#judgedBy) {
      this.#judgedBy = view;
      this.#absent.splice(0, this.#absent.length, ...view.denying.map(this.#options.groupOf));
    }
    if (view.isContradicted) return evidence.judgeDisputed(data);
    return evidence.judge(this.#options.groupOf(resolver), data, isLast);
  }

  /** The resolver that found the name tells first; others then, as it may make siblings up, or deny them. */
  #where(resolver: string): AskOptions {
    const { deniers, hasCompany } = this.#options;
    const known = deniers.all;
    const choices = [[...this.#asked, ...known], known];
    const not = choices.find((each) => each.includes(resolver) && hasCompany(each));
    return { priority: 'first', ...(not ? { not } : { resolver }) };
  }

  #askSibling({ type, resolver }: Candidate, digits: number, how: AskOptions): void {
    this.#questions++;
    this.#askedAt = resolver;
    this.#comparison?.noteAsk();
    this.#sibling = `${randomBytes(digits / 2).toString('hex')}.${this.#name}`;
    const ask: Ask = (name, askedType, listener) =>
      this.#options.ask(name, askedType, listener, { ...how, isMadeUp: true });
    new TypeLookup(ask, type, this).start(this.#sibling);
  }

  #evidenceOf(type: number): WildcardEvidence {
    let evidence = this.#evidence.get(type);
    if (!evidence) {
      evidence = new WildcardEvidence(this.#absent);
      this.#evidence.set(type, evidence);
    }
    return evidence;
  }

  #measure(): void {
    let numbers = this.#absent.length;
    for (const { size } of this.#evidence.values()) numbers += size;
    const bytes = PARENT_BYTES + 2 * this.#name.length + NUMBER_BYTES * numbers;
    this.#resize(bytes - this.bytes);
    this.bytes = bytes;
  }
}
