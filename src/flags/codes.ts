/** Country codes: the table of ISO 3166-1, and what people type to mean some of it. */

import { nearest } from '../core/nearest.js';

/** How a country's file may be called. */
export const namings = ['cc', 'CC', 'country', 'alpha3'] as const;
export type Naming = (typeof namings)[number];

export interface Country {
  /** Alpha-2, upper case. */
  readonly cc: string;
  readonly alpha3: string;
  /** Three digits. */
  readonly numeric: string;
  /** The short English name; no two are equal, none holds a `/`. */
  readonly name: string;
}

/** The 249 codes of ISO 3166-1 and XK, for which the codes are those of Unicode's CLDR. */
const TABLE = `
AD AND 020 Andorra
AE ARE 784 United Arab Emirates
AF AFG 004 Afghanistan
AG ATG 028 Antigua and Barbuda
AI AIA 660 Anguilla
AL ALB 008 Albania
AM ARM 051 Armenia
AO AGO 024 Angola
AQ ATA 010 Antarctica
AR ARG 032 Argentina
AS ASM 016 American Samoa
AT AUT 040 Austria
AU AUS 036 Australia
AW ABW 533 Aruba
AX ALA 248 Åland Islands
AZ AZE 031 Azerbaijan
BA BIH 070 Bosnia and Herzegovina
BB BRB 052 Barbados
BD BGD 050 Bangladesh
BE BEL 056 Belgium
BF BFA 854 Burkina Faso
BG BGR 100 Bulgaria
BH BHR 048 Bahrain
BI BDI 108 Burundi
BJ BEN 204 Benin
BL BLM 652 Saint Barthélemy
BM BMU 060 Bermuda
BN BRN 096 Brunei
BO BOL 068 Bolivia
BQ BES 535 Caribbean Netherlands
BR BRA 076 Brazil
BS BHS 044 Bahamas
BT BTN 064 Bhutan
BV BVT 074 Bouvet Island
BW BWA 072 Botswana
BY BLR 112 Belarus
BZ BLZ 084 Belize
CA CAN 124 Canada
CC CCK 166 Cocos Islands
CD COD 180 Democratic Republic of the Congo
CF CAF 140 Central African Republic
CG COG 178 Republic of the Congo
CH CHE 756 Switzerland
CI CIV 384 Ivory Coast
CK COK 184 Cook Islands
CL CHL 152 Chile
CM CMR 120 Cameroon
CN CHN 156 China
CO COL 170 Colombia
CR CRI 188 Costa Rica
CU CUB 192 Cuba
CV CPV 132 Cape Verde
CW CUW 531 Curaçao
CX CXR 162 Christmas Island
CY CYP 196 Cyprus
CZ CZE 203 Czechia
DE DEU 276 Germany
DJ DJI 262 Djibouti
DK DNK 208 Denmark
DM DMA 212 Dominica
DO DOM 214 Dominican Republic
DZ DZA 012 Algeria
EC ECU 218 Ecuador
EE EST 233 Estonia
EG EGY 818 Egypt
EH ESH 732 Western Sahara
ER ERI 232 Eritrea
ES ESP 724 Spain
ET ETH 231 Ethiopia
FI FIN 246 Finland
FJ FJI 242 Fiji
FK FLK 238 Falkland Islands
FM FSM 583 Micronesia
FO FRO 234 Faroe Islands
FR FRA 250 France
GA GAB 266 Gabon
GB GBR 826 United Kingdom
GD GRD 308 Grenada
GE GEO 268 Georgia
GF GUF 254 French Guiana
GG GGY 831 Guernsey
GH GHA 288 Ghana
GI GIB 292 Gibraltar
GL GRL 304 Greenland
GM GMB 270 Gambia
GN GIN 324 Guinea
GP GLP 312 Guadeloupe
GQ GNQ 226 Equatorial Guinea
GR GRC 300 Greece
GS SGS 239 South Georgia and the South Sandwich Islands
GT GTM 320 Guatemala
GU GUM 316 Guam
GW GNB 624 Guinea-Bissau
GY GUY 328 Guyana
HK HKG 344 Hong Kong
HM HMD 334 Heard Island and McDonald Islands
HN HND 340 Honduras
HR HRV 191 Croatia
HT HTI 332 Haiti
HU HUN 348 Hungary
ID IDN 360 Indonesia
IE IRL 372 Ireland
IL ISR 376 Israel
IM IMN 833 Isle of Man
IN IND 356 India
IO IOT 086 British Indian Ocean Territory
IQ IRQ 368 Iraq
IR IRN 364 Iran
IS ISL 352 Iceland
IT ITA 380 Italy
JE JEY 832 Jersey
JM JAM 388 Jamaica
JO JOR 400 Jordan
JP JPN 392 Japan
KE KEN 404 Kenya
KG KGZ 417 Kyrgyzstan
KH KHM 116 Cambodia
KI KIR 296 Kiribati
KM COM 174 Comoros
KN KNA 659 Saint Kitts and Nevis
KP PRK 408 North Korea
KR KOR 410 South Korea
KW KWT 414 Kuwait
KY CYM 136 Cayman Islands
KZ KAZ 398 Kazakhstan
LA LAO 418 Laos
LB LBN 422 Lebanon
LC LCA 662 Saint Lucia
LI LIE 438 Liechtenstein
LK LKA 144 Sri Lanka
LR LBR 430 Liberia
LS LSO 426 Lesotho
LT LTU 440 Lithuania
LU LUX 442 Luxembourg
LV LVA 428 Latvia
LY LBY 434 Libya
MA MAR 504 Morocco
MC MCO 492 Monaco
MD MDA 498 Moldova
ME MNE 499 Montenegro
MF MAF 663 Saint Martin
MG MDG 450 Madagascar
MH MHL 584 Marshall Islands
MK MKD 807 North Macedonia
ML MLI 466 Mali
MM MMR 104 Myanmar
MN MNG 496 Mongolia
MO MAC 446 Macao
MP MNP 580 Northern Mariana Islands
MQ MTQ 474 Martinique
MR MRT 478 Mauritania
MS MSR 500 Montserrat
MT MLT 470 Malta
MU MUS 480 Mauritius
MV MDV 462 Maldives
MW MWI 454 Malawi
MX MEX 484 Mexico
MY MYS 458 Malaysia
MZ MOZ 508 Mozambique
NA NAM 516 Namibia
NC NCL 540 New Caledonia
NE NER 562 Niger
NF NFK 574 Norfolk Island
NG NGA 566 Nigeria
NI NIC 558 Nicaragua
NL NLD 528 Netherlands
NO NOR 578 Norway
NP NPL 524 Nepal
NR NRU 520 Nauru
NU NIU 570 Niue
NZ NZL 554 New Zealand
OM OMN 512 Oman
PA PAN 591 Panama
PE PER 604 Peru
PF PYF 258 French Polynesia
PG PNG 598 Papua New Guinea
PH PHL 608 Philippines
PK PAK 586 Pakistan
PL POL 616 Poland
PM SPM 666 Saint Pierre and Miquelon
PN PCN 612 Pitcairn Islands
PR PRI 630 Puerto Rico
PS PSE 275 Palestine
PT PRT 620 Portugal
PW PLW 585 Palau
PY PRY 600 Paraguay
QA QAT 634 Qatar
RE REU 638 Réunion
RO ROU 642 Romania
RS SRB 688 Serbia
RU RUS 643 Russia
RW RWA 646 Rwanda
SA SAU 682 Saudi Arabia
SB SLB 090 Solomon Islands
SC SYC 690 Seychelles
SD SDN 729 Sudan
SE SWE 752 Sweden
SG SGP 702 Singapore
SH SHN 654 Saint Helena
SI SVN 705 Slovenia
SJ SJM 744 Svalbard and Jan Mayen
SK SVK 703 Slovakia
SL SLE 694 Sierra Leone
SM SMR 674 San Marino
SN SEN 686 Senegal
SO SOM 706 Somalia
SR SUR 740 Suriname
SS SSD 728 South Sudan
ST STP 678 São Tomé and Príncipe
SV SLV 222 El Salvador
SX SXM 534 Sint Maarten
SY SYR 760 Syria
SZ SWZ 748 Eswatini
TC TCA 796 Turks and Caicos Islands
TD TCD 148 Chad
TF ATF 260 French Southern Territories
TG TGO 768 Togo
TH THA 764 Thailand
TJ TJK 762 Tajikistan
TK TKL 772 Tokelau
TL TLS 626 Timor-Leste
TM TKM 795 Turkmenistan
TN TUN 788 Tunisia
TO TON 776 Tonga
TR TUR 792 Türkiye
TT TTO 780 Trinidad and Tobago
TV TUV 798 Tuvalu
TW TWN 158 Taiwan
TZ TZA 834 Tanzania
UA UKR 804 Ukraine
UG UGA 800 Uganda
UM UMI 581 United States Minor Outlying Islands
US USA 840 United States
UY URY 858 Uruguay
UZ UZB 860 Uzbekistan
VA VAT 336 Vatican City
VC VCT 670 Saint Vincent and the Grenadines
VE VEN 862 Venezuela
VG VGB 092 British Virgin Islands
VI VIR 850 United States Virgin Islands
VN VNM 704 Vietnam
VU VUT 548 Vanuatu
WF WLF 876 Wallis and Futuna
WS WSM 882 Samoa
XK XKK 983 Kosovo
YE YEM 887 Yemen
YT MYT 175 Mayotte
ZA ZAF 710 South Africa
ZM ZMB 894 Zambia
ZW ZWE 716 Zimbabwe
`;

/** By alpha-2 code, in the order of the codes. */
export const countries: ReadonlyMap<string, Country> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line): [string, Country] => {
      const cc = line.slice(0, 2);
      const alpha3 = line.slice(3, 6);
      return [cc, { cc, alpha3, numeric: line.slice(7, 10), name: line.slice(11) }];
    }),
);

/** The 20 most populous countries, the largest first. */
export const populous: readonly string[] =
  'CN IN US ID BR PK NG BD RU JP MX PH VN ET EG DE IR TR CD FR'.split(' ');

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Two letters in any case, as an upper-case code, whether a country has it or not; else undefined. */
function cleanCode(text: string): string | undefined {
  return /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : undefined;
}

/** A flag of Unicode is two letters of a kind of their own. */
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu;
const letterOf = (letter: string) =>
  String.fromCharCode((letter.codePointAt(0) as number) - 0x1f1e6 + 65);

/**
 * The code that a text stands for: two letters, its flag (`🇧🇷`), the three of alpha-3, the digits of the numeric code, or
 * the country's name in any case, with or without accents. Undefined if it stands for none.
 */
export function findCode(text: string): string | undefined {
  const code = cleanCode(text.replace(FLAG_LETTER, letterOf));
  if (code !== undefined) return code;
  if (/^\d{1,3}$/.test(text)) return index().get(text.padStart(3, '0'));
  return codeOfName(text) ?? codeOfTurnedName(text);
}

function codeOfName(text: string): string | undefined {
  const name = plain(text);
  return index().get(name) ?? (Object.hasOwn(ALSO_CALLED, name) ? ALSO_CALLED[name] : undefined);
}

/** ISO 3166 puts first what a name is sorted by: `Korea, Republic of`, `Iran (Islamic Republic of)`. */
function codeOfTurnedName(text: string): string | undefined {
  const [, name = '', rest = ''] = TURNED.exec(text) ?? [];
  if (rest === '') return undefined;
  const whole = codeOfName(`${rest} ${name}`);
  return whole ?? (/ of(?: the)?$/i.test(rest) ? codeOfName(name) : undefined);
}

const TURNED = /^([^,()]{1,64})[,(] ?([^,()]{1,64})\)?$/;

/** Names that some write for the one in our table. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  ...{ 'cabo verde': 'CV', 'cote d ivoire': 'CI', 'czech republic': 'CZ', 'holy see': 'VA' },
  ...{ 'great britain': 'GB', swaziland: 'SZ', turkey: 'TR', vatican: 'VA' },
  ...{ burma: 'MM', 'russian federation': 'RU', 'united states of america': 'US' },
  ...{ 'viet nam': 'VN', 'brunei darussalam': 'BN', 'syrian arab republic': 'SY', macau: 'MO' },
  ...{ 'republic of korea': 'KR', 'democratic people s republic of korea': 'KP', uae: 'AE' },
  ...{ 'lao people s democratic republic': 'LA', 'republic of china': 'TW', 'u s': 'US' },
  ...{ 'people s republic of china': 'CN', 'taiwan province of china': 'TW', 'u k': 'GB' },
  ...{ 'united kingdom of great britain and northern ireland': 'GB', 'u s a': 'US' },
  ...{ 'dr congo': 'CD', 'democratic republic of congo': 'CD', 'east timor': 'TL' },
  ...{ 'u s virgin islands': 'VI', 'falkland islands malvinas': 'FK', pitcairn: 'PN' },
  ...{ 'cocos keeling islands': 'CC', 'saint martin french part': 'MF', 'us virgin islands': 'VI' },
  ...{ 'sint maarten dutch part': 'SX', 'bonaire sint eustatius and saba': 'BQ' },
  ...{ 'saint helena ascension and tristan da cunha': 'SH' },
};

/** What a text stands for: one code; for one letter, the 26 that begin with it. Undefined for none. */
export function expandCode(text: string): readonly string[] | undefined {
  if (/^[a-z]$/i.test(text)) return LETTERS.map((second) => text.toUpperCase() + second);
  const code = findCode(text);
  return code === undefined ? undefined : [code];
}

/** What people write for a country though it is no code of ISO 3166-1, nor the name in our table. */
const MISTAKEN: Readonly<Record<string, string>> = {
  ...{ uk: 'GB', england: 'GB', scotland: 'GB', wales: 'GB', 'northern ireland': 'GB' },
  ...{ el: 'GR', america: 'US', holland: 'NL', macedonia: 'MK' },
  ...{ korea: 'KR or KP', congo: 'CD or CG' },
};

/** The letters of a name for which one may be wrong. */
const LETTERS_PER_EDIT = 5;

/**
 * The code that a text which stands for none was most likely meant to be: `GB` for `UK`; two for a
 * name that two countries share. A wrong guess is worse than none, so only few letters may be wrong.
 */
export function suggestCode(text: string): string | undefined {
  const wanted = plain(text);
  if (Object.hasOwn(MISTAKEN, wanted)) return MISTAKEN[wanted];
  // Any three letters are near some alpha-3 code.
  if (wanted.length < 4) return undefined;
  const names = [...index().keys(), ...Object.keys(ALSO_CALLED)].filter(
    ({ length }) => length >= 4,
  );
  const longer = names.filter((key) => ` ${key} `.includes(` ${wanted} `));
  if (longer.length > 0) return longer.length === 1 ? findCode(longer[0]!) : undefined;
  const near = nearest(wanted, names, Math.ceil(wanted.length / LETTERS_PER_EDIT));
  return near === undefined ? undefined : findCode(near);
}

let codesByText: Map<string, string> | undefined;

/** Codes by alpha-3, numeric code and name, made when the first is looked for. */
function index(): ReadonlyMap<string, string> {
  codesByText ??= new Map(
    [...countries.values()].flatMap(({ cc, alpha3, numeric, name }) =>
      [plain(alpha3), numeric, plain(name)].map((text): [string, string] => [text, cc]),
    ),
  );
  return codesByText;
}

/** Lower case, without accents and `the`, one space for any run of what is no letter; what is short is written out. */
function plain(text: string): string {
  return text
    .slice(0, MAX_NAME)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/^the /, '')
    .replace(/\bst (?=.)/g, 'saint ');
}

/** Characters of a text that may be a country's name. */
const MAX_NAME = 64;

export interface CodeSelection {
  /** Codes, names of countries and first letters. Left out, and without `all` and `every`: the 20 most populous. */
  readonly texts?: readonly string[] | undefined;
  /** Every code of the table. */
  readonly all?: boolean | undefined;
  /** AA to ZZ. */
  readonly every?: boolean | undefined;
  /** The most codes that are kept. */
  readonly limit?: number | undefined;
}

/** The codes that are meant: a set, sorted. `wrong` are the texts that mean none, as they came. */
export function selectCodes({ texts, all, every, limit }: CodeSelection): {
  readonly codes: string[];
  readonly wrong: string[];
} {
  const codes = new Set<string>();
  const wrong: string[] = [];
  const add = (some: Iterable<string>) => {
    for (const code of some) codes.add(code);
  };
  for (const text of texts ?? []) {
    const meant = expandCode(text);
    if (meant) add(meant);
    else wrong.push(text);
  }
  if (all) add(countries.keys());
  if (every) add(LETTERS.flatMap((first) => expandCode(first) ?? []));
  if (texts === undefined && !all && !every) add(populous);
  return { codes: [...codes].sort().slice(0, limit), wrong };
}
