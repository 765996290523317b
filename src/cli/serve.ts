/** `flagprobe serve`: the embedded flag and DNS servers in the open. */

import { createWriteStream, openSync } from 'node:fs';
import { RunError, systemReason } from '../core/run-error.js';
import { integer, optional, type Rule, text } from '../options/rule.js';
import type { OptionTable, Resolved } from '../options/table.js';
import { type DnsServer, openDnsServer } from '../server/dns-server.js';
import { type FlagServer, openFlagServer } from '../server/flag-server.js';
import { openRegistryServer, type RegistryServer } from '../server/registry-server.js';
import { defineCommand } from './command.js';
import type { ExitCode } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import type { OutputStream, Streams } from './streams.js';

const port = (defaultValue: number) => integer(0, 65_535, defaultValue);

/** `0.5..5`; one number is both. */
const delay: Rule<readonly [number, number]> = {
  expected: 'seconds as MIN..MAX, such as 0.5..5',
  default: [0, 0],
  defaultText: '0',
  allows: (value) => Array.isArray(value) && value.length === 2,
  read(text) {
    const [, min, max] = /^(\d*\.?\d+)(?:\.\.(\d*\.?\d+))?$/.exec(text) ?? [];
    if (min === undefined) return undefined;
    const range = [Number(min), Number(max ?? min)] as const;
    return range[0] <= range[1] && range[1] <= 3600 ? range : undefined;
  },
};

const share: Rule<number> = {
  expected: 'a number from 0 to 1',
  default: 0,
  allows: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  read(text) {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    return value <= 1 ? value : undefined;
  },
};

const options = {
  host: {
    flag: '--host <host>',
    group: 'Servers',
    help: 'the address to listen on',
    rule: text('an address', '127.0.0.1'),
  },
  port: {
    flag: '--port <n>',
    group: 'Servers',
    help: 'port of the flag server; 0 picks a free one',
    rule: port(8000),
  },
  dnsPort: {
    flag: '--dns-port <n>',
    group: 'Servers',
    help: 'port of the DNS server; 0 picks a free one',
    rule: port(8053),
  },
  rdapPort: {
    flag: '--rdap-port <n>',
    group: 'Servers',
    help: 'port of the first practice registry; the second has the next; 0 picks free ones',
    rule: port(8043),
  },
  delay: {
    flag: '--delay <min..max>',
    group: 'Behavior',
    help: 'seconds before each flag is sent',
    rule: delay,
  },
  errorRate: {
    flag: '--error-rate <p>',
    group: 'Behavior',
    help: 'probability of the answer 418 instead of a flag',
    rule: share,
  },
  log: {
    flag: '--log <file>',
    group: 'Behavior',
    help: 'append a JSON line for each request for a flag',
    rule: optional(text('the name of a file', '')),
    completes: { path: 'file' },
  },
} satisfies OptionTable;

export const define = defineCommand({
  options,
  examples: [
    ['Flags that come slowly, some not at all', 'flagprobe serve --delay 0.5..5 --error-rate 0.25'],
  ],
  run: (_, flags, streams) => serve(flags, streams),
});

async function serve(
  { host, port, dnsPort, rdapPort, log, ...flags }: Resolved<typeof options>,
  streams: Streams,
): Promise<ExitCode> {
  using interrupt = onInterrupt();
  const write = openLog(log, interrupt.stop);
  await using flagServer = await listen(`port ${port}`, () =>
    openFlagServer({ host, port, ...flags, onRequest: (record) => write(JSON.stringify(record)) }),
  );
  await using dnsServer = await listen(`port ${dnsPort}`, () =>
    openDnsServer({ host, port: dnsPort }),
  );
  await using registries = await listen(`port ${rdapPort}`, () =>
    openRegistryServer({ host, port: rdapPort }),
  );
  announce(streams.stdout, flagServer, dnsServer, registries);
  if (!interrupt.signal.aborted) {
    await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve));
  }
  throw interrupt.signal.reason;
}

function announce(
  stdout: OutputStream,
  flagServer: FlagServer,
  { host, port }: DnsServer,
  registries: RegistryServer,
): void {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  stdout.write(`flags at ${flagServer.url}/{cc}/{cc}.gif\n`);
  stdout.write(`DNS at ${address}, over UDP and TCP\n`);
  for (const [tld, base] of registries.bases) stdout.write(`RDAP for .${tld} at ${base}\n`);
}

async function listen<S>(what: string, open: () => Promise<S>): Promise<S> {
  try {
    return await open();
  } catch (error) {
    throw new RunError(`cannot listen on ${what}: ${systemReason(error)}`);
  }
}

function openLog(path: string | undefined, stop: (reason: Error) => void) {
  if (path === undefined) return () => {};
  const failed = (error: unknown) =>
    new RunError(`cannot write \`${path}\`: ${systemReason(error)}`);
  try {
    const stream = createWriteStream(path, { fd: openSync(path, 'a') });
    stream.on('error', (error) => stop(failed(error)));
    return (line: string) => stream.write(`${line}\n`);
  } catch (error) {
    throw failed(error);
  }
}
