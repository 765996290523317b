/** What a resumed run must share with the run before it: the options whose row has `resume`. */

import type { OptionTable, Resolved } from './table.js';

/**
 * The options that decide what the output says, as text by the long name of their flag: a run is
 * resumed only if they are the same. An empty text is an option that was not given.
 */
export function resumeSettings<Table extends OptionTable>(
  table: Table,
  values: Resolved<Table>,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, { flag, resume }] of Object.entries(table)) {
    if (resume === undefined || flag === undefined) continue;
    const value = values[name as keyof Table];
    const text = resume === true ? resumeText(value) : resume(value as never, values);
    settings[/--([\w-]+)/.exec(flag)?.[1] ?? name] = text;
  }
  return settings;
}

function resumeText(value: unknown): string {
  if (value === true) return 'yes';
  return value === undefined || value === false ? '' : String(value);
}
