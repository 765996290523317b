/** Where flags can come from. To add a service: one row in the table. */

import { nearest } from '../core/nearest.js';
import {
  checkTemplate,
  isTemplate,
  metadataBeside,
  placeholders,
  siteOf,
  templateFault,
} from './template.js';

/** Flags on some server, one URL a country. */
export interface Site {
  readonly kind: 'site';
  /** What reports call it, in capitals. */
  readonly label: string;
  /** The part of the address that all images share, without user and password. */
  readonly url: string;
  /** Of an image, without user and password; see {@link fillTemplate} for what it may hold. */
  readonly template: string;
  /** Of the JSON file that says the country's name, where there is one. */
  readonly metadata: string | undefined;
  /** The value of the `authorization` header, from a user and password in the URL. */
  readonly authorization: string | undefined;
  /** What the manifest calls the beginning of its URLs, where that changes from run to run. */
  readonly alias?: readonly [from: string, to: string];
}

/** A flag server inside the process. */
export interface EmbeddedServer {
  readonly kind: 'embedded';
  readonly label: string;
  /** The least and the most seconds before an answer. */
  readonly delay: readonly [min: number, max: number];
  /** How probable it is that an answer is an error, 0 to 1. */
  readonly errorRate: number;
}

interface Service {
  /** Templates by variant; the first one is the usual. */
  readonly variants: Readonly<Record<string, string>>;
  readonly hasMetadata?: boolean;
}

const flagcdnSizes = [
  ...[20, 40, 80, 160, 320, 640, 1280, 2560].map((width) => `w${width}`),
  ...[20, 24, 40, 60, 80, 120, 240].map((height) => `h${height}`),
];

const COUNTRY_FLAGS = 'https://raw.githubusercontent.com/hampusborgos/country-flags/main';

const services: Readonly<Record<string, Service>> = {
  fluentpython: {
    variants: { gif: 'https://www.fluentpython.com/data/flags/{cc}/{cc}.gif' },
    hasMetadata: true,
  },
  flagcdn: {
    variants: {
      'w320/png': 'https://flagcdn.com/w320/{cc}.png',
      svg: 'https://flagcdn.com/{cc}.svg',
      ...variants(flagcdnSizes, ['png', 'webp', 'jpg'], (size, format) => [
        `${size}/${format}`,
        `https://flagcdn.com/${size}/{cc}.${format}`,
      ]),
    },
  },
  flagsapi: {
    variants: {
      'flat/64': 'https://flagsapi.com/{CC}/flat/64.png',
      ...variants(['flat', 'shiny'], ['16', '24', '32', '48', '64'], (style, size) => [
        `${style}/${size}`,
        `https://flagsapi.com/{CC}/${style}/${size}.png`,
      ]),
    },
  },
  'country-flags': {
    variants: {
      svg: `${COUNTRY_FLAGS}/svg/{cc}.svg`,
      ...Object.fromEntries(
        [100, 250, 1000].map((width) => [
          `png${width}px`,
          `${COUNTRY_FLAGS}/png${width}px/{cc}.png`,
        ]),
      ),
    },
  },
  'circle-flags': {
    variants: { svg: 'https://hatscripts.github.io/circle-flags/flags/{cc}.svg' },
  },
};

const embedded: Readonly<Record<string, Pick<EmbeddedServer, 'delay' | 'errorRate'>>> = {
  local: { delay: [0, 0], errorRate: 0 },
  delay: { delay: [0.5, 5], errorRate: 0 },
  error: { delay: [0.5, 5], errorRate: 0.25 },
};

const REMOTE = 'fluentpython';

/** What reports call a site that no name stands for. */
const TEMPLATE = 'TEMPLATE';

/** What {@link parseServer} takes, for the sentence about a wrong one. */
export const serverExpected = `remote, ${Object.keys(embedded).join(', ')}, ${Object.keys(services)
  .map((name) => (Object.keys(services[name]!.variants).length > 1 ? `${name}[:VARIANT]` : name))
  .join(', ')} or an http(s) URL with ${placeholders.join(', ')} in it`;

/** One row of the table, for people. */
export interface ServiceRow {
  /** How it is written: `flagcdn:svg`. */
  readonly server: string;
  /** Where an image is, or what answers. */
  readonly from: string;
}

/**
 * Every service and variant, and the servers inside.
 *
 * @example
 * ```ts
 * for (const { server, from } of listServices()) console.log(server, from);
 * ```
 */
export function listServices(): ServiceRow[] {
  const rows = Object.entries(services).flatMap(([name, { variants }]) =>
    Object.entries(variants).flatMap(([variant, from], i, { length }) => [
      ...(i === 0 ? [{ server: name, from }] : []),
      ...(length > 1 ? [{ server: `${name}:${variant}`, from }] : []),
    ]),
  );
  const inside = Object.entries(embedded).map(([server, { delay, errorRate }]) => {
    const pace = delay[1] > 0 ? `, after ${delay[0]} to ${delay[1]} s` : '';
    const errors = errorRate > 0 ? `, one answer in ${1 / errorRate} is 418` : '';
    return { server, from: `a server inside the program${pace}${errors}` };
  });
  return [{ server: 'remote', from: `the same as ${REMOTE}` }, ...rows, ...inside];
}

/**
 * What `-s` stands for: `remote`, `local`, `delay`, `error`, SERVICE[:VARIANT], all in any case, or a
 * URL template; undefined if it is none.
 */
export function parseServer(text: string): Site | EmbeddedServer | undefined {
  if (isTemplate(text)) {
    const checked = checkTemplate(text);
    return checked && site(TEMPLATE, checked.template, true, checked.authorization);
  }
  const [name = '', ...rest] = text.toLowerCase().split(':');
  const variant = rest.length > 0 ? rest.join(':') : undefined;
  if (Object.hasOwn(embedded, name) && variant === undefined) {
    return { kind: 'embedded', label: name.toUpperCase(), ...embedded[name]! };
  }
  const service = name === 'remote' ? REMOTE : name;
  if (!Object.hasOwn(services, service)) return undefined;
  const { variants, hasMetadata = false } = services[service]!;
  const chosen = variant ?? Object.keys(variants)[0]!;
  if (!Object.hasOwn(variants, chosen)) return undefined;
  return site(text.toUpperCase(), variants[chosen]!, hasMetadata);
}

/**
 * What is wrong with a text that {@link parseServer} makes nothing of, and the variant that was most
 * likely meant; undefined where no more can be said than what is allowed.
 */
export function serverFault(text: string): string | undefined {
  if (isTemplate(text)) return templateFault(text);
  const [name = '', ...rest] = text.toLowerCase().split(':');
  const service = name === 'remote' ? REMOTE : name;
  if (!Object.hasOwn(services, service) || rest.length === 0) return undefined;
  const known = Object.keys(services[service]!.variants);
  const given = rest.join(':');
  const meant = known.find((each) => each.split('/').includes(given)) ?? nearest(given, known);
  const hint = meant === undefined ? '' : ` (did you mean \`${name}:${meant}\`?)`;
  return `${service} has no variant \`${given}\`${hint}; \`flagprobe download --list\` has all`;
}

/** What stands for a site where {@link parseServer} reads it again: without user and password. */
export function serverText({ label, template }: Site): string {
  return label === TEMPLATE ? template : label.toLowerCase();
}

/** A site whose images are at `template`, with `metadata.json` beside each if it has metadata. */
export function site(
  label: string,
  template: string,
  hasMetadata: boolean,
  authorization?: string,
): Site {
  const metadata = hasMetadata ? metadataBeside(template) : undefined;
  return { kind: 'site', label, url: siteOf(template), template, metadata, authorization };
}

function variants(
  some: readonly string[],
  others: readonly string[],
  row: (one: string, other: string) => [variant: string, template: string],
): Record<string, string> {
  return Object.fromEntries(some.flatMap((one) => others.map((other) => row(one, other))));
}
