/**
 * Which resolvers tell the truth, as far as their answers show it. Pure: it judges what others have
 * asked.
 *
 * A resolver lies if it makes up an address for names that cannot exist: under two top-level domains,
 * or under one for which another resolver denies it. It withholds if it has never found anything and
 * denies names that an honest one finds. To refuse or deny is no lie: it may know its own network
 * only. If every resolver would be a liar, the check says nothing, and is dropped.
 */

export type Standing = 'unchecked' | 'checking' | 'honest' | 'lying' | 'withholding';

/** What came of one question about a name that cannot exist. */
export interface CheckAnswer {
  readonly tld: string;
  readonly outcome: 'found' | 'missing' | 'unknown';
}

/** Denials of what others found, nothing ever found by itself, that are no accident. */
const MAX_DENIALS = 2;

interface Record {
  standing: Standing;
  /** It has found something. */
  isProven: boolean;
  denials: number;
}

export class ResolverTrust {
  readonly #records: ReadonlyMap<string, Record>;
  /** Resolvers by top-level domain for which they deny a name that cannot exist. */
  readonly #denying = new Map<string, Set<string>>();
  /** Resolvers of which more is to be learned. */
  #open: number;
  #isDropped = false;

  constructor(resolvers: readonly string[]) {
    this.#open = resolvers.length;
    this.#records = new Map(
      resolvers.map((resolver) => [
        resolver,
        { standing: 'unchecked', isProven: false, denials: 0 } as Record,
      ]),
    );
  }

  /** The check showed every resolver as a liar, so it is not heeded. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** Whether all is known of all: which have found something, and which are not believed. */
  get isSettled(): boolean {
    return this.#isDropped || this.#open === 0;
  }

  standingOf(resolver: string): Standing {
    return this.#isDropped ? 'honest' : (this.#records.get(resolver)?.standing ?? 'honest');
  }

  isProven(resolver: string): boolean {
    return this.#isDropped || (this.#records.get(resolver)?.isProven ?? true);
  }

  /** Whether any resolver may still be asked beside these. */
  hasOther(resolvers: readonly string[]): boolean {
    for (const [other, { standing }] of this.#records) {
      if (!resolvers.includes(other) && standing !== 'lying' && standing !== 'withholding')
        return true;
    }
    return false;
  }

  startCheck(resolver: string): void {
    this.#set(resolver, 'checking');
  }

  /** @param knows it has answered with records what it was asked about a top-level domain */
  endCheck(resolver: string, answers: readonly CheckAnswer[], knows: boolean): Standing {
    const invented = answers.filter(({ outcome }) => outcome === 'found');
    for (const { tld, outcome } of answers) {
      if (outcome !== 'missing') continue;
      const denying = this.#denying.get(tld) ?? new Set();
      this.#denying.set(tld, denying.add(resolver));
    }
    const isContradicted = invented.some(({ tld }) => this.#denying.has(tld));
    const tlds = new Set(invented.map(({ tld }) => tld));
    const isLying = tlds.size > 1 || isContradicted;
    this.#set(resolver, isLying ? 'lying' : 'honest');
    if (knows && !isLying) this.noteFound(resolver);
    if ([...this.#records.values()].every(({ standing }) => standing === 'lying')) {
      this.#isDropped = true;
    }
    return this.standingOf(resolver);
  }

  noteFound(resolver: string): void {
    const record = this.#records.get(resolver);
    if (record && !record.isProven) this.#change(record, { isProven: true });
  }

  /** It denied what an honest resolver found. Gives what it is taken for from now on. */
  noteDenial(resolver: string): Standing {
    const record = this.#records.get(resolver);
    if (record && !record.isProven && record.standing !== 'lying') {
      record.denials++;
      if (record.denials >= MAX_DENIALS) this.#change(record, { standing: 'withholding' });
    }
    return this.standingOf(resolver);
  }

  #set(resolver: string, standing: Standing): void {
    const record = this.#records.get(resolver);
    if (record) this.#change(record, { standing });
  }

  #change(record: Record, change: Partial<Record>): void {
    const wasSettled = isSettled(record);
    Object.assign(record, change);
    this.#open += Number(wasSettled) - Number(isSettled(record));
  }
}

function isSettled({ standing, isProven }: Record): boolean {
  return standing === 'honest' ? isProven : standing === 'lying' || standing === 'withholding';
}
