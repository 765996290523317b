/** The journal of a run, by `--resume` and `--force`: kept, gone on from, or refused. */

import { lstatSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunError, systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import type { Journal } from '../journal/journal.js';
import type { Settings } from '../journal/snapshot.js';
import type { ProbeFlags } from './probe-command-options.js';

/** In the place of `--rdap-max 0`. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

type JournalFlags = Pick<
  ProbeFlags,
  'format' | 'output' | 'resume' | 'force' | 'sort' | 'rdap' | 'rdapMax'
>;

/**
 * The journal of a run: one that writes lines to a regular file has one. Throws a {@link UsageError}
 * if `--resume` cannot be, or if the run would destroy the results of another.
 */
export async function openRunJournal(
  { output, format, sort, resume, force, rdap, rdapMax }: JournalFlags,
  settings: Settings,
): Promise<Journal | undefined> {
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
  const { forgetRun, openJournal } = await import('../journal/open-journal.js');
  if (format === 'columns' || sort !== undefined) {
    // --sort has been refused already.
    if (resume) {
      throw new UsageError('Expected `--format` to be another one with `--resume`, got `columns`');
    }
    // It keeps no journal, but it may not destroy a run that has one.
    await forgetRun({ path: output, settings, resume, force });
    return undefined;
  }
  return openJournal({
    ...{ path: output, settings, resume, force },
    rdapMax: rdap ? rdapMax || UNLIMITED : 0,
  });
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
