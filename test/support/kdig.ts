import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './programs.js';

interface KdigAnswer {
  readonly rcode: string;
  /** Types of the records of the answer section. */
  readonly types: readonly string[];
}

/** What kdig is told when it asks for these names and types, in this order. */
async function kdig(
  { host, port }: { host: string; port: number },
  questions: readonly (readonly [name: string, type: string])[],
): Promise<KdigAnswer[]> {
  const path = findProgram('kdig') ?? 'kdig';
  const shown = ['+noall', '+header', '+answer'];
  const args = questions.flatMap(([name, type]) => [name, type, ...shown]);
  const { stdout } = await promisify(execFile)(path, [`@${host}`, '-p', String(port), ...args]);
  const blocks = stdout.split(/^;; ->>HEADER<<-/m).slice(1);
  return blocks.map((block) => ({
    rcode: /status: (\w+)/.exec(block)?.[1] ?? '',
    types: [...block.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+(\w+)/gm)].map(([, type]) => type as string),
  }));
}

/** The verdict that kdig's own words about A and then AAAA come to, for each name. */
export async function kdigVerdicts(
  server: { host: string; port: number },
  names: readonly string[],
): Promise<string[]> {
  const questions = names.flatMap((name) => [[name, 'A'] as const, [name, 'AAAA'] as const]);
  const answers = await kdig(server, questions);
  return names.map((_, i) => {
    const [a, aaaa] = answers.slice(2 * i, 2 * i + 2) as [KdigAnswer, KdigAnswer];
    if (a.types.includes('A')) return 'found';
    if (a.rcode === 'NXDOMAIN') return a.types.includes('CNAME') ? 'nodata' : 'nxdomain';
    if (a.rcode !== 'NOERROR' || aaaa.rcode !== 'NOERROR') return `${a.rcode} ${aaaa.rcode}`;
    return aaaa.types.includes('AAAA') ? 'found' : 'nodata';
  });
}
