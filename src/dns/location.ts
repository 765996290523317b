/** The data of LOC: where on earth something is (RFC 1876). */

import { Malformed } from './name.js';
import { type Rdata, uint8, uint32 } from './rdata-fields.js';

/** The equator and the prime meridian, in thousandths of a second of arc. */
const ORIGIN = 2 ** 31;
/** 100 km below the WGS 84 spheroid, in centimetres. */
const LOWEST_CM = 10_000_000;

/** `51 30 12.748 N  0 7 39.612 W  0m  0m 0m 0m`: kdig parts the groups by two spaces. */
export function location(data: Rdata): string {
  if (uint8(data) !== 0) throw new Malformed('version');
  const precisions = [precision(data), precision(data), precision(data)].join(' ');
  const latitude = angle(uint32(data) - ORIGIN, 90, 'N', 'S');
  const longitude = angle(uint32(data) - ORIGIN, 180, 'E', 'W');
  const altitude = metres(uint32(data) - LOWEST_CM);
  return [latitude, longitude, altitude, precisions].join('  ');
}

function angle(thousandths: number, most: number, positive: string, negative: string): string {
  const size = Math.abs(thousandths);
  if (size > most * 3_600_000) throw new Malformed('angle');
  const seconds = size / 1000;
  const direction = thousandths < 0 ? negative : positive;
  const rest = (size % 60_000) / 1000;
  return `${Math.floor(seconds / 3600)} ${Math.floor(seconds / 60) % 60} ${rest} ${direction}`;
}

/** A digit and a power of ten, in centimetres. */
function precision(data: Rdata): string {
  const byte = uint8(data);
  const [digit, power] = [byte >> 4, byte & 15];
  if (digit > 9 || power > 9) throw new Malformed('precision');
  return metres(digit * 10 ** power);
}

function metres(centimetres: number): string {
  return `${centimetres / 100}m`;
}
