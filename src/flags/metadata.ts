/** The JSON beside an image that says whose flag it is: `{"country":"Brazil","iso_cc":"BR"}`. */

/** Bytes; the real ones have fewer than a hundred. */
export const MAX_METADATA = 65_536;

/** The country's name; undefined if the bytes do not say it, or say it of another country. */
export function countryIn(bytes: Uint8Array, cc: string): string | undefined {
  let metadata: unknown;
  try {
    metadata = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { country, iso_cc } = metadata as { country?: unknown; iso_cc?: unknown };
  const isOther = typeof iso_cc === 'string' && iso_cc.toUpperCase() !== cc;
  return typeof country === 'string' && !isOther ? country : undefined;
}
