/** Whether a transport and what it is to ask go together. */

import { UsageError } from '../core/usage-error.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import { type TransportEntry, type TransportName, transportNames, transports } from './index.js';

export type TransportChoice = (typeof transportNames)[number];

export interface TransportPlan {
  readonly transport: TransportChoice;
  readonly resolvers: readonly string[];
  /** Those that confirm what the others say. */
  readonly trusted: readonly string[];
  readonly types: readonly string[];
  readonly tlsName: string;
  readonly tlsCa: string;
}

/**
 * The transport that `auto` stands for where the resolvers say which, `tls://192.0.2.1`; every other
 * is itself.
 */
export function impliedTransport({
  transport,
  resolvers,
}: Pick<TransportPlan, 'transport' | 'resolvers'>): TransportChoice {
  if (transport !== 'auto' || resolvers.length === 0) return transport;
  const schemes = new Set(resolvers.map((text) => parseEndpoint(text)?.scheme));
  const [scheme] = schemes;
  return schemes.size === 1 && scheme !== undefined ? scheme : transport;
}

/**
 * The transport to resolvers that confirm: that which they are given with, or else that of the others
 * if it can ask hosts.
 */
export function confirmingTransport({
  transport,
  trusted,
}: Pick<TransportPlan, 'transport' | 'trusted'>): TransportChoice {
  const implied = impliedTransport({ transport: 'auto', resolvers: trusted });
  if (implied !== 'auto') return implied;
  return entryOf(transport).asks === 'hosts' ? transport : 'auto';
}

/** Throws a {@link UsageError} that says what would be right. */
export function validateTransport(plan: TransportPlan): void {
  const { resolvers, trusted, types, tlsName, tlsCa } = plan;
  const transport = impliedTransport(plan);
  const confirming = confirmingTransport(plan);
  const { asks } = entryOf(transport);
  const isSecure =
    entryOf(transport).isSecure || (trusted.length > 0 && entryOf(confirming).isSecure);
  if (asks === 'system') {
    const others = those((entry) => entry.asks !== 'system');
    if (types.length > 0) {
      throw wrong(`${others} with \`types\`: \`system\` can only ask for addresses`);
    }
    if (resolvers.length > 0) {
      throw wrong(`${others} with \`resolvers\`: \`system\` asks whom the system asks`);
    }
  }
  for (const [option, value] of Object.entries({ tlsName, tlsCa })) {
    if (value !== '' && !isSecure) {
      throw wrong(`${those((entry) => entry.isSecure)} with \`${option}\`, got \`${transport}\``);
    }
  }
  if (asks === 'urls' && resolvers.length === 0) throw noUrl(transport, 'none');
  for (const text of resolvers) validateResolver(text, transport);
  for (const text of trusted) validateResolver(text, confirming);
}

function validateResolver(text: string, transport: TransportChoice): void {
  const endpoint = parseEndpoint(text);
  const { asks, isSecure } = entryOf(transport);
  if (asks === 'urls') {
    if (endpoint?.path === undefined) throw noUrl(transport, `\`${text}\``);
  } else if ((text === 'local' && isSecure) || !carries(transport, endpoint)) {
    const fitting = endpoint?.scheme ?? those((entry) => entry.asks === 'hosts' && !entry.isSecure);
    throw wrong(`${fitting} with the resolver \`${text}\`, got \`${transport}\``);
  }
}

/** Whether a resolver that was given with a scheme can be asked in this way. */
function carries(transport: TransportChoice, endpoint: Endpoint | undefined): boolean {
  const scheme: TransportName | undefined = endpoint?.scheme;
  return scheme === undefined || scheme === transport;
}

function wrong(rest: string): UsageError {
  return new UsageError(`Expected \`transport\` to be ${rest}`, { option: 'transport' });
}

function noUrl(transport: string, got: string): UsageError {
  return new UsageError(
    `Expected \`resolvers\` to be URLs such as https://dns.example/dns-query with \`transport\` ${transport}, got ${got}`,
    { option: 'resolvers' },
  );
}

/** `auto` is UDP or TCP. */
function entryOf(name: TransportChoice): TransportEntry {
  return transports[name === 'auto' ? 'udp' : name];
}

/** `https`, `one of tls, https`: the transports for which it holds. */
function those(holds: (entry: TransportEntry) => boolean | undefined): string {
  const fitting = transportNames.filter((name) => holds(entryOf(name)));
  return fitting.length > 1 ? `one of ${fitting.join(', ')}` : String(fitting[0]);
}
