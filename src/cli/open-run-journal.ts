/** The journal of a run, by `--resume` and `--force`: kept, gone on from, or refused. */

import { lstatSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunError, systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import type { Journal } from '../journal/journal.js';
import { resumeSettings } from '../options/resume-settings.js';
import { grouped } from '../output/summary.js';
import { type ProbeFlags, probeCommandOptions } from './probe-command-options.js';
import type { Say } from './streams.js';

/** In the place of `--rdap-max 0`. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * The journal of a run: one that writes lines to a regular file has one. Throws a {@link UsageError}
 * if `--resume` cannot be, or if the run would destroy the results of another.
 */
export async function openRunJournal(flags: ProbeFlags, say: Say): Promise<Journal | undefined> {
  const { output, format, sort, resume, force, rdap, rdapMax } = flags;
  const settings = resumeSettings(probeCommandOptions, flags);
  if (resume && force) throw new UsageError('Expected `--resume` or `--force`, got both');
  if (resume && output === undefined) {
    throw new UsageError(
      'Expected `--resume` to come with `--output FILE`: it goes on writing there',
    );
  }
  if (output === undefined || !isRegular(output)) {
    if (resume) {
      throw new UsageError(
        `Expected \`--output\` to be a regular file with \`--resume\`, got \`${output}\``,
      );
    }
    return undefined;
  }
  const size = resume ? 0 : (statSync(output, { throwIfNoEntry: false })?.size ?? 0);
  const sayReplaced = () => size > 0 && say(`\`${output}\` (${bytes(size)}) is replaced`);
  const { forgetRun, openJournal } = await import('../journal/open-journal.js');
  if (format === 'columns' || sort !== undefined) {
    // --sort has been refused already.
    if (resume) {
      throw new UsageError('Expected `--format` to be another one with `--resume`, got `columns`');
    }
    // It keeps no journal, but it may not destroy a run that has one.
    await forgetRun({ path: output, settings, resume, force });
    sayReplaced();
    return undefined;
  }
  const journal = await openJournal({
    ...{ path: output, settings, resume, force },
    rdapMax: rdap ? rdapMax || UNLIMITED : 0,
  });
  sayReplaced();
  return journal;
}

function bytes(size: number): string {
  return size === 1 ? '1 byte' : `${grouped(size)} bytes`;
}

/** Names of a stream of this process, which may be a file today and a pipe tomorrow, are none. */
function isRegular(path: string): boolean {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isSymbolicLink()) return found === undefined || found.isFile();
    const isStream = /^\/(dev|proc)\//.test(resolve(path));
    return !isStream && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? true);
  } catch (error) {
    throw new RunError(`cannot write \`${path}\`: ${systemReason(error)}`);
  }
}
