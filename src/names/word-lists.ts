/** Word lists that are there without a file: the reserved words of programming languages. */

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

export const wordLists = {
  c: split(`
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while`),
  go: split(`
    break case chan const continue default defer else fallthrough for func go goto if import
    interface map package range return select struct switch type var`),
  java: split(`
    abstract assert boolean break byte case catch char class const continue default do double else
    enum extends false final finally float for goto if implements import instanceof int interface
    long native new null package private protected public return short static strictfp super switch
    synchronized this throw throws transient true try void volatile while`),
  javascript: split(`
    async await break case catch class const continue debugger default delete do else enum export
    extends false finally for function if implements import in instanceof interface let new null
    package private protected public return static super switch this throw true try typeof var void
    while with yield`),
  /** Frozen as the keywords and soft keywords of Python 3.11, in Python's order of them. */
  python: split(`
    false none true _ and as assert async await break case class continue def del elif else except
    finally for from global if import in is lambda match nonlocal not or pass raise return try while
    with yield`),
  rust: split(`
    as async await become box break const continue crate do dyn else enum extern false final fn for
    if impl in let loop macro match mod move mut override priv pub ref return self static struct
    super trait true try type typeof union unsafe unsized use virtual where while yield`),
  typescript: split(`
    abstract any as asserts async await bigint boolean break case catch class const constructor
    continue debugger declare default delete do else enum export extends false finally for from
    function get if implements import in infer instanceof interface is keyof let module namespace
    never new null number object of out override package private protected public readonly require
    return satisfies set static string super switch symbol this throw true try type typeof undefined
    unique unknown using var void while with yield`),
} as const satisfies Record<string, readonly string[]>;
