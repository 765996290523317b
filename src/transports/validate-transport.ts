/** Whether a transport and what it is to ask go together. */

import { UsageError } from '../core/usage-error.js';
import { parseEndpoint } from './endpoint.js';
import { type Entry, transportNames, transports } from './index.js';

export interface Plan {
  readonly transport: (typeof transportNames)[number];
  readonly resolvers: readonly string[];
  readonly types: readonly string[];
  readonly tlsName: string;
  readonly tlsCa: string;
}

/** Throws a {@link UsageError} that says what would be right. */
export function validateTransport({ transport, resolvers, types, tlsName, tlsCa }: Plan): void {
  const { asks, isSecure } = entryOf(transport);
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
  for (const text of resolvers) {
    const isUrl = parseEndpoint(text)?.path !== undefined;
    if (asks === 'urls') {
      if (!isUrl) throw noUrl(transport, `\`${text}\``);
    } else if (isUrl || (text === 'local' && isSecure)) {
      const fitting = those((entry) =>
        isUrl ? entry.asks === 'urls' : entry.asks === 'hosts' && !entry.isSecure,
      );
      throw wrong(`${fitting} with the resolver \`${text}\`, got \`${transport}\``);
    }
  }
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
function entryOf(name: Plan['transport']): Entry {
  return transports[name === 'auto' ? 'udp' : name];
}

/** `https`, `one of tls, https`: the transports for which it holds. */
function those(holds: (entry: Entry) => boolean | undefined): string {
  const fitting = transportNames.filter((name) => holds(entryOf(name)));
  return fitting.length > 1 ? `one of ${fitting.join(', ')}` : String(fitting[0]);
}
