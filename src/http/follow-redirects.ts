/** Redirects (RFC 9110, 15.4): which responses are some, and where they lead. */

export interface RedirectRules<Outcome> {
  /** One request. Redirects before it: 0 for the first. */
  request(url: URL, redirects: number): Promise<Outcome>;
  /** Status and `Location` of a response; undefined for an outcome that is none. */
  responseOf(outcome: Outcome): Redirecting | undefined;
  /** Whether a response of `from` may lead there. */
  mayFollow(url: URL, from: URL): boolean;
  /** The most redirects that are followed. */
  readonly max: number;
}

interface Redirecting {
  readonly status: number;
  /** As it was sent, each byte a character (ISO 8859-1). */
  readonly location?: string | undefined;
}

export interface Followed<Outcome> {
  /** Of the last request. */
  readonly outcome: Outcome;
  readonly url: URL;
  /** Why the redirect that `outcome` is was not followed; undefined where it is none. */
  readonly lost?: 'bad-target' | 'too-many';
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks a URL, and those that it redirects to. */
export async function followRedirects<Outcome>(
  first: URL,
  rules: RedirectRules<Outcome>,
): Promise<Followed<Outcome>> {
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const outcome = await rules.request(url, redirects);
    const response = rules.responseOf(outcome);
    if (!response || !REDIRECTS.has(response.status)) return { outcome, url };
    const next = targetOf(response.location, url);
    if (!next || !rules.mayFollow(next, url)) return { outcome, url, lost: 'bad-target' };
    if (redirects === rules.max) return { outcome, url, lost: 'too-many' };
    url = next;
  }
}

function targetOf(location: string | undefined, from: URL): URL | undefined {
  if (location === undefined) return undefined;
  // Servers send UTF-8 as it is; the header's characters are its bytes.
  const target = location.replace(/[\x80-\xff]/g, encodeURIByte);
  return URL.canParse(target, from.href) ? new URL(target, from) : undefined;
}

function encodeURIByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
