/** The nouns of flagprobe. Outcomes of the network are values; exceptions are misuse, cancel and bugs. */

/** A resource record of an answer (RFC 1035, 3.2.1). */
export interface DnsRecord {
  /** The owner name, lower case, without the final dot. */
  readonly name: string;
  /** `A`, `AAAA`, `CNAME`, …; a type without a mnemonic is `TYPE<n>` (RFC 3597). */
  readonly type: string;
  /** Seconds the record may be cached. */
  readonly ttl: number;
  /** Presentation form; an IPv6 address as RFC 5952 wants it. */
  readonly data: string;
}

/** Why a text cannot be a domain name. */
export type InvalidReason =
  | 'empty-label'
  | 'label-too-long'
  | 'name-too-long'
  | 'bad-character'
  | 'ip-address';

/** Why a name could not be found out: the closed vocabulary of our own failures. */
export type LookupFailure =
  | 'timeout'
  | 'servfail'
  | 'refused'
  /** Any other rcode that settles nothing: FORMERR, NOTIMP, NOTAUTH, … `rcode` says which. */
  | 'rcode'
  /** The connection or the network failed. */
  | 'network'
  /** The host name of the resolver has no address. */
  | 'dns'
  /** The resolver could not prove who it is. */
  | 'tls'
  /** An HTTP status that carries no DNS message. */
  | 'http'
  /** The answer matched the question and could not be read. */
  | 'malformed'
  /** The resolver does not resolve: it points at other servers instead of answering. */
  | 'referral'
  /** An empty answer of a server that neither has the zone nor resolves for others. */
  | 'lame'
  /** The resolver says that it blocked, censored or filtered its answer (RFC 8914). */
  | 'filtered'
  /** An answer that says two things that cannot both be true, or speaks of other names only. */
  | 'contradiction'
  /** The CNAME chain comes back to a name that it has passed, or is longer than we follow. */
  | 'cname-loop';

/** Why a registry could not tell whether a domain is registered. */
export type RegistrationFailure =
  /** No registry server is known for the TLD. */
  | 'no-rdap'
  /** The registry wants fewer questions than this run has. */
  | 'rdap-limited'
  | 'rdap-timeout'
  /** A status, a redirect or a connection that leads to no answer. */
  | 'rdap-http'
  | 'rdap-not-json'
  /** An answer about another name. */
  | 'rdap-other-name'
  /** A 404 from a server that did not prove that it knows the TLD. */
  | 'rdap-untrusted'
  /** More names of this registry than one run asks about. */
  | 'rdap-cap'
  /** The server could not prove its identity. */
  | 'rdap-tls';

/** Why there is nothing that could be registered. */
export type NotRegistrable =
  /** The name itself is one that others are registered under: `dev`, `com.br`. */
  | 'public-suffix'
  /** No registry takes a label with an underscore or another odd octet, or a hyphen at its ends. */
  | 'bad-label'
  | 'ip-address';

/**
 * Whether a domain is registered. `unregistered`: the registry has no such registration, which does
 * not mean that it would sell one. `reserved`: the registry keeps the name back.
 */
export type RegistrationStatus = 'registered' | 'unregistered' | 'reserved' | 'unknown';

/** What is known about the registration of a name's registrable domain. */
export interface Registration {
  /** Null if there is nothing that could be registered. */
  readonly registration: RegistrationStatus | null;
  /** Why it is unknown or null. */
  readonly registrationReason?: RegistrationFailure | NotRegistrable | InvalidReason;
  /** The registry's own statuses (RFC 8056), where it told any. */
  readonly registryStatus?: readonly string[];
  /** The registry's host; absent where the DNS was proof enough. */
  readonly rdapServer?: string;
}

export type ProbeStatus = 'found' | 'missing' | 'unknown' | 'invalid';

/** With `rdap` given, every result has a `registration`. */
interface Probed extends Partial<Registration> {
  /** The name as asked: lower case, A-labels, no final dot. For `invalid`, the text. */
  readonly name: string;
  /** The text as it was given. */
  readonly input: string;
  /** Milliseconds from the first question to the verdict. */
  readonly ms: number;
  /** With `types` given: the outcome of each, in the order given. */
  readonly types?: Readonly<Record<string, TypeOutcome>>;
  /** What the resolver said about its answer, if it did (RFC 8914). */
  readonly extendedErrors?: readonly ExtendedError[];
}

/** An extended DNS error: one EDE option (RFC 8914, 2). */
export interface ExtendedError {
  /** The number in IANA's registry: 22 is "No Reachable Authority". */
  readonly code: number;
  /** The server's own words; may be empty. */
  readonly text: string;
}

/** What one record type came to: `found`, `nxdomain`, `nodata`, or why it is unknown. */
export type TypeOutcome = 'found' | 'nxdomain' | 'nodata' | LookupFailure;

/** Where an answer came from. */
interface Answered {
  /** The resolver that answered, `192.0.2.1:53`; `system` for getaddrinfo. */
  readonly resolver: string;
  /** The transport that carried the answer. */
  readonly transport: string;
}

/** At least one record of the type asked for. */
export interface Found extends Probed, Answered {
  readonly status: 'found';
  /** The rcode on the wire; getaddrinfo tells none. */
  readonly rcode?: string;
  /** The CNAME chain, in order, then the records of the type. */
  readonly records: readonly DnsRecord[];
  /**
   * `true`: random names beside it have the same, so it is a wildcard's, not the name's own;
   * `unchecked`: they could not be found out.
   */
  readonly wildcard?: true | 'unchecked';
}

/** An answer that says there is no such name (`nxdomain`) or no such record (`nodata`). */
export interface Missing extends Probed, Answered {
  readonly status: 'missing';
  /**
   * NXDOMAIN behind a CNAME is `nodata`: the name itself exists. `wildcard`: only a wildcard answers
   * for it, and wildcards were to count as missing.
   */
  readonly reason: 'nxdomain' | 'nodata' | 'wildcard';
  readonly rcode?: string;
  /** The CNAME chain, if there is one. */
  readonly records: readonly DnsRecord[];
  /** Set where the reason is `wildcard`. */
  readonly wildcard?: true;
}

/** We could not find out. */
export interface Unknown extends Probed, Partial<Answered> {
  readonly status: 'unknown';
  readonly reason: LookupFailure;
  readonly rcode?: string;
  /** The CNAME chain that leads to what could not be found out, if there is one. */
  readonly records?: readonly DnsRecord[];
}

/** Cannot be a domain name; nothing was sent. */
export interface Invalid extends Probed {
  readonly status: 'invalid';
  readonly reason: InvalidReason;
}

/** The one verdict that every input of a probe gets. */
export type ProbeResult = Found | Missing | Unknown | Invalid;

export type DownloadStatus = 'ok' | 'unchanged' | 'not_found' | 'error';

interface Downloaded {
  /** The country code; empty for a URL line; the text of a line that is neither. */
  readonly code: string;
  /** The URL as first asked, without user and password; empty where there is none. */
  readonly url: string;
  /** The name that a list gave to the file of a URL, as it stands there. */
  readonly name?: string;
  /** Tries that were sent; the redirects and the metadata of a try are not counted. */
  readonly attempts: number;
  /** Milliseconds from the first request to the verdict. */
  readonly ms: number;
}

/** The file is there and whole. */
export interface Saved extends Downloaded {
  readonly status: 'ok' | 'unchanged';
  readonly httpStatus?: number;
  /** Path of the file, below the folder as it was given. */
  readonly file: string;
  readonly bytes: number;
}

/** The server says that there is no such image (404, 410). */
export interface NotFound extends Downloaded {
  readonly status: 'not_found';
  readonly httpStatus: number;
}

/** Why no whole answer came over HTTP. */
export type HttpErrorReason =
  /** Not answered in whole within the time for one try. */
  | 'timeout'
  /** The connection failed before an answer. */
  | 'network'
  /** The host has no address. */
  | 'dns'
  /** The server could not prove who it is. */
  | 'tls'
  /** The answer is not HTTP, or its encoding cannot be undone. */
  | 'malformed'
  /** The body ended before what was promised. */
  | 'truncated'
  /** The body is larger than allowed. */
  | 'too-big';

/** Why no image was obtained: the closed vocabulary of a download's failures before the save. */
export type DownloadErrorReason =
  | HttpErrorReason
  /** A status that carries no image and that is not "not found"; `httpStatus` says which. */
  | 'http'
  /** More than ten redirects, or one to nowhere we go. */
  | 'redirect'
  /** The bytes do not begin like an image. */
  | 'not-an-image'
  /** The host gave no answer to many requests running; this one was not sent any more. */
  | 'host-down'
  /** The host asked to wait for longer than is waited; this one was not sent. `httpStatus` is that of the other answer. */
  | 'host-wait'
  /** The input is no country code, or the server's addresses need what the code does not have. */
  | 'bad-code';

/** Neither: `reason` says why, and no file was left. */
export interface DownloadError extends Downloaded {
  readonly status: 'error';
  /** For a save that failed, the system's code: `ENOSPC`, `EACCES`, … */
  readonly reason: DownloadErrorReason | `E${string}`;
  readonly httpStatus?: number;
  /** One sentence for people. */
  readonly message: string;
}

/** The one verdict that every input of a download gets. */
export type DownloadResult = Saved | NotFound | DownloadError;
