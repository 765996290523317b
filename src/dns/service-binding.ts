/** Service bindings: the data of SVCB and HTTPS (RFC 9460). */

import { Malformed } from './name.js';
import {
  address,
  base64,
  escaped,
  name,
  quoted,
  type Rdata,
  take,
  uint8,
  uint16,
} from './rdata-fields.js';

const parameterNames = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
];

/** SVCB and HTTPS (RFC 9460, 2.1). */
export function serviceBinding(data: Rdata): string {
  const parts = [String(uint16(data)), name(data)];
  let last = -1;
  while (data.at < data.end) {
    const key = uint16(data);
    const length = uint16(data);
    // The keys come in strictly rising order (2.2).
    if (key <= last) throw new Malformed('parameter');
    last = key;
    const value: Rdata = { ...data, end: data.at + length };
    take(data, length);
    const written = parameterValue(key, value);
    if (value.at !== value.end) throw new Malformed('parameter');
    parts.push(`${parameterName(key)}${written === undefined ? '' : `=${written}`}`);
  }
  return parts.join(' ');
}

/**
 * An item of a list: its commas and backslashes are escaped for the list, and that again for the
 * text (RFC 9460, A.1). One with a space is in quotes, as kdig has it.
 */
function protocol(bytes: Uint8Array): string {
  let text = '';
  for (const code of bytes) {
    if (code === 0x2c) text += '\\\\,';
    else if (code === 0x5c) text += '\\\\\\\\';
    else text += escaped([code], '"');
  }
  return text.includes(' ') ? `"${text}"` : text;
}

function parameterName(key: number): string {
  return parameterNames[key] ?? `key${key}`;
}

function parameterValue(key: number, value: Rdata): string | undefined {
  const all = <V>(read: (data: Rdata) => V): string => {
    const values: V[] = [];
    while (value.at < value.end) values.push(read(value));
    if (values.length === 0) throw new Malformed('parameter');
    return values.join(',');
  };
  switch (parameterNames[key]) {
    case 'mandatory':
      return all((data) => parameterName(uint16(data)));
    case 'alpn':
      return all((data) => protocol(take(data, uint8(data))));
    case 'no-default-alpn':
      return undefined;
    case 'port':
      return String(uint16(value));
    case 'ipv4hint':
      return all((data) => address(data, 4));
    case 'ipv6hint':
      return all((data) => address(data, 16));
    case 'ech':
      return base64(take(value, value.end - value.at));
    default:
      return value.at === value.end ? undefined : quoted(take(value, value.end - value.at));
  }
}
