/** A real dnsmasq, as it stands in many a home: it forwards only so many questions at a time. */

import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../../test/support/free-port.js';
import { findProgram } from '../../../test/support/programs.js';
import { start, stop } from '../../shared/measure.js';

const HOST = '127.78.0.1';

/**
 * @param {string} upstream `host:port`
 * @param {number} forwards
 */
export async function startDnsmasq(upstream, forwards) {
  const program = findProgram('dnsmasq');
  if (program === undefined) throw new Error('dnsmasq is not installed. (Debian: dnsmasq-base)');
  const port = await freePort();
  const child = start([
    program,
    ...[
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--pid-file=',
    ],
    ...['--bind-interfaces', `--listen-address=${HOST}`, `--port=${port}`, '--user=root'],
    ...[`--server=${upstream.replace(':', '#')}`, `--dns-forward-max=${forwards}`],
  ]);
  let printed = '';
  child.stderr?.on('data', (text) => {
    printed = `${printed}${text}`.slice(-1000);
  });
  await pause(500);
  if (child.exitCode !== null) throw new Error(`dnsmasq has ended: ${printed}`);
  return { resolver: `${HOST}:${port}`, stop: () => stop(child) };
}
