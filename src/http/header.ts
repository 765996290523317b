/** Headers that a caller gives. */

/** Names and values that a caller gave, in the order given. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Those that say how the connection is used: they are ours to say. */
const OURS = new Set([
  ...['connection', 'content-length', 'expect', 'keep-alive', 'proxy-authorization'],
  ...['proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'if-none-match'],
  ...['if-modified-since', 'range'],
]);

const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/** `Name: value` as its two parts; undefined if it is no header, or one that is ours to send. */
export function parseHeader(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined || OURS.has(name.toLowerCase())) return undefined;
  return [name.toLowerCase(), value];
}
