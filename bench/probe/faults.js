/** Verdicts from a resolver that loses, forges, refuses, mangles. */

import { decimal, table, whole } from '../shared/report.js';
import { flagprobe, massdns } from './clients.js';
import { startRelay } from './start-relay.js';
import { attempt } from './trial.js';

const faults = {
  lossy: '5 % lost each way, 5 % SERVFAIL, 2 % truncated, 5 % twice, 2 % late',
  forging: '20 % preceded by a forged or malformed answer',
  refusing: 'REFUSED above 10,000 a second',
  mangling: 'the case of the question mangled',
};

/** A client that rejects mangled answers waits half a minute for each thousand names. */
const FEW = 1000;

/**
 * @param {import('./trial.js').Bench} bench
 * @param {{ resolver: string, count: number, massdns: string | undefined }} plan
 * @returns {Promise<string>} a table in Markdown
 */
export async function compareFaults(bench, { resolver, count, massdns: path }) {
  const rows = [];
  const clients = [flagprobe('auto'), flagprobe('udp'), ...(path ? [massdns(path, 1000)] : [])];
  for (const [kind, label] of Object.entries(faults)) {
    for (const client of clients) {
      const relay = await startRelay(kind, resolver);
      const resolvers = [relay.resolver];
      const { seconds, names, truth } = await attempt(bench, {
        client,
        resolvers,
        count: kind === 'mangling' ? FEW : count,
        timeoutSeconds: 120,
      }).finally(relay.stop);
      rows.push([
        label,
        client.label,
        whole(names),
        whole(truth.wrong + truth.extra),
        whole(truth.missing),
        `${decimal((truth.unknown / names) * 100, 3)} %`,
        decimal(seconds, 1),
      ]);
    }
  }
  return table(['fault', 'client', 'names', 'wrong', 'missing', 'unknown', 'wall s'], rows);
}
