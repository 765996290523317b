import { describe, expect, it } from 'vitest';
import type { DownloadResult, ProbeResult } from '../../src/core/model.js';
import {
  type Format,
  type Formats,
  formatRecords,
  type OutputStyle,
  printable,
} from '../../src/output/format.js';
import { type FormatName, formatNames, formats } from '../../src/output/formats.js';
import { downloaded, plain, probed } from './samples.js';

function written<R>(format: Format<R>, results: readonly R[]): string {
  return `\n${format.head ?? ''}${results.map((result) => format.line(result)).join('')}`;
}

const probe = (name: FormatName, style: OutputStyle = plain) =>
  written(formats[name].probe(style), probed);

function download(name: 'text' | 'names' | 'tsv' | 'csv' | 'jsonl', style: OutputStyle = plain) {
  return written((formats[name] as Required<Formats>).download(style), downloaded);
}

const verbose: OutputStyle = { ...plain, records: true };
const coloured: OutputStyle = { ...plain, paint: (colour, text) => `<${colour}>${text}</>` };

describe('text', () => {
  it('of probe', () => {
    expect(probe('text')).toMatchInlineSnapshot(`
      "
      + www.example.com
      + local.example
        gone.example
      ~ alias.example
      ? xn--bcher-kva.example	servfail
      * wild.example
      + open.example
      ~ any.example
      ? dangling.example	refused
      ? slow.example	timeout
      ! a,"b"..c	empty-label
      "
    `);
  });
  it('shows people an international name as it was typed', () => {
    expect(probe('text', { ...plain, isTerminal: true })).toContain(
      '? xn--bcher-kva.example\t(bücher.example)\tservfail\n',
    );
  });

  it('shows once what is no name as it stands', () => {
    const input = 'xn--bücher.example';
    const invalid = {
      name: input,
      input,
      status: 'invalid',
      reason: 'bad-character',
      ms: 0,
    } as const;
    const line = formats.text.probe({ ...plain, isTerminal: true }).line(invalid);
    expect(line).toBe('! xn--bücher.example\tbad-character\n');
  });

  it('of probe with records', () => {
    expect(probe('text', verbose)).toMatchInlineSnapshot(`
      "
      + www.example.com	CNAME example.com.; A 192.0.2.1
      + local.example	AAAA 2001:db8::1
        gone.example
      ~ alias.example	CNAME gone.example.
      ? xn--bcher-kva.example	(bücher.example)	servfail
      * wild.example	A 192.0.2.9
      + open.example	A 192.0.2.9
      ~ any.example	A 192.0.2.9
      ? dangling.example	refused	CNAME left.example.net.	EDE 18 Prohibited: not "yours"\\u001b[2J; EDE 4000
      ? slow.example	timeout
      ! a,"b"..c	empty-label
      "
    `);
  });
  it('of probe in colour', () => {
    expect(probe('text', coloured)).toMatchInlineSnapshot(`
      "
      <green>+ www.example.com</>
      <green>+ local.example</>
        gone.example
      <dim>~ alias.example</>
      <yellow>? xn--bcher-kva.example	servfail</>
      <green>* wild.example</>
      <green>+ open.example</>
      <dim>~ any.example</>
      <yellow>? dangling.example	refused</>
      <yellow>? slow.example	timeout</>
      <red>! a,"b"..c	empty-label</>
      "
    `);
  });
  it('of download', () => {
    expect(download('text')).toMatchInlineSnapshot(`
      "
      BR OK
      CN unchanged
      XX not found: https://flags.example/xx/xx.gif
      ZZ error: HTTP error 418 - I'm a teapot
      https://flags.example/a,b.gif error: not answered within 6.1 s
      no code error: neither a country code nor a URL
      "
    `);
  });
  it('of a URL, with its file', () => {
    const url = 'https://flags.example/x.gif';
    const common = { code: '', url, file: 'cats/x_2.gif', bytes: 1, attempts: 1, ms: 1 };
    const results = [
      { ...common, status: 'ok' },
      { ...common, status: 'unchanged', file: 'cats/\u001b[2J.gif' },
    ] as const;
    expect(written((formats.text as Required<Formats>).download(plain), results)).toBe(
      `\n${url} OK cats/x_2.gif\n${url} unchanged cats/${printable('\u001b[2J')}.gif\n`,
    );
  });
  it('of download in colour', () => {
    expect(download('text', coloured)).toMatchInlineSnapshot(`
      "
      <green>BR OK</>
      <dim>CN unchanged</>
      <yellow>XX not found: https://flags.example/xx/xx.gif</>
      <red>ZZ error: HTTP error 418 - I'm a teapot</>
      <red>https://flags.example/a,b.gif error: not answered within 6.1 s</>
      <red>no code error: neither a country code nor a URL</>
      "
    `);
  });
});

describe('columns', () => {
  it('show people an international name as it was typed', () => {
    const style = { ...plain, isTerminal: true };
    expect(probe('columns', style)).toContain(
      '\n? xn--bcher-kva.example (bücher.example)\tservfail\n',
    );
    expect(probe('columns')).toContain('\n? xn--bcher-kva.example\tservfail\n');
  });

  it('of probe', () => {
    expect(probe('columns')).toMatchInlineSnapshot(`
      "
      FOUND		NOT FOUND
      =====		=========
      www.example.com
      local.example
      		gone.example
      		alias.example
      ? xn--bcher-kva.example	servfail
      wild.example
      open.example
      		any.example
      ? dangling.example	refused
      ? slow.example	timeout
      ! a,"b"..c	empty-label
      "
    `);
  });
});

describe('names', () => {
  it('of probe', () => {
    expect(probe('names')).toMatchInlineSnapshot(`
      "
      www.example.com
      local.example
      gone.example
      alias.example
      xn--bcher-kva.example
      wild.example
      open.example
      any.example
      dangling.example
      slow.example
      a,"b"..c
      "
    `);
    expect(formats.names.probe(plain).only).toEqual(['found']);
  });
  it('of download', () => {
    expect(download('names')).toMatchInlineSnapshot(`
      "
      downloaded/BR.gif
      downloaded/CN.gif
      XX
      ZZ
      https://flags.example/a,b.gif
      no code
      "
    `);
    expect(formats.names.download?.(plain).only).toEqual(['ok', 'unchanged']);
  });
});

describe('tsv', () => {
  it('of probe', () => {
    expect(probe('tsv')).toMatchInlineSnapshot(`
      "
      www.example.com	found
      local.example	found
      gone.example	missing
      alias.example	missing
      xn--bcher-kva.example	unknown
      wild.example	found
      open.example	found
      any.example	missing
      dangling.example	unknown
      slow.example	unknown
      a,"b"..c	invalid
      "
    `);
  });
  it('of download', () => {
    expect(download('tsv')).toMatchInlineSnapshot(`
      "
      BR	ok
      CN	unchanged
      XX	not_found
      ZZ	error
      https://flags.example/a,b.gif	error
      no code	error
      "
    `);
  });
});

describe('csv', () => {
  it('of probe', () => {
    expect(probe('csv')).toMatchInlineSnapshot(`
      "
      name,input,status,reason,rcode,records,resolver,transport,ms,wildcard
      www.example.com,WWW.example.com.,found,,NOERROR,CNAME example.com.; A 192.0.2.1,192.0.2.53:53,udp,1.5,
      local.example,local.example,found,,,AAAA 2001:db8::1,system,system,0,
      gone.example,gone.example,missing,nxdomain,NXDOMAIN,,192.0.2.53:53,udp,2,
      alias.example,alias.example,missing,nodata,NXDOMAIN,CNAME gone.example.,192.0.2.53:53,udp,3,
      xn--bcher-kva.example,bücher.example,unknown,servfail,SERVFAIL,,192.0.2.53:53,udp,400.2,
      wild.example,wild.example,found,,NOERROR,A 192.0.2.9,192.0.2.53:53,udp,4,true
      open.example,open.example,found,,NOERROR,A 192.0.2.9,192.0.2.53:53,udp,4,unchecked
      any.example,any.example,missing,wildcard,NOERROR,A 192.0.2.9,192.0.2.53:53,udp,4,true
      dangling.example,dangling.example,unknown,refused,REFUSED,CNAME left.example.net.,192.0.2.53:53,udp,5,
      slow.example,slow.example,unknown,timeout,,,,,15000,
      "a,""b""..c","a,""b""..c",invalid,empty-label,,,,,0,
      "
    `);
  });
  it('of download', () => {
    expect(download('csv')).toMatchInlineSnapshot(`
      "
      code,url,status,reason,http_status,file,bytes,attempts,ms
      BR,https://flags.example/br/br.gif,ok,,200,downloaded/BR.gif,1024,1,12.5
      CN,https://flags.example/cn/cn.gif,unchanged,,304,downloaded/CN.gif,2048,1,3
      XX,https://flags.example/xx/xx.gif,not_found,,404,,,1,4
      ZZ,https://flags.example/zz/zz.gif,error,http,418,,,4,900
      ,"https://flags.example/a,b.gif",error,timeout,,,,4,24400
      no code,,error,bad-code,,,,0,0
      "
    `);
  });
  it('ends every line with CR and LF', () => {
    for (const text of [probe('csv'), download('csv')]) {
      expect(text.slice(1).split('\r\n').join('')).not.toMatch(/[\r\n]/);
    }
  });
});

describe('jsonl', () => {
  it('tells the transport of each result, though its resolver is the same', () => {
    const { line } = formats.jsonl.probe(plain);
    const transports = ['udp', 'tcp', 'tcp', 'udp'];
    const lines = transports.map((transport) => {
      const found = {
        name: 'a.example',
        input: 'a.example',
        status: 'found',
        records: [],
      } as const;
      return line({ ...found, rcode: 'NOERROR', resolver: '192.0.2.53:53', transport, ms: 1 });
    });
    expect(lines.map((text) => JSON.parse(text).transport)).toEqual(transports);
  });

  it('of probe', () => {
    expect(probe('jsonl')).toMatchInlineSnapshot(`
      "
      {"name":"www.example.com","input":"WWW.example.com.","status":"found","reason":null,"rcode":"NOERROR","records":[{"name":"www.example.com","type":"CNAME","ttl":60,"data":"example.com."},{"name":"example.com","type":"A","ttl":300,"data":"192.0.2.1"}],"resolver":"192.0.2.53:53","transport":"udp","ms":1.5}
      {"name":"local.example","input":"local.example","status":"found","reason":null,"rcode":null,"records":[{"name":"local.example","type":"AAAA","ttl":0,"data":"2001:db8::1"}],"resolver":"system","transport":"system","ms":0}
      {"name":"gone.example","input":"gone.example","status":"missing","reason":"nxdomain","rcode":"NXDOMAIN","records":[],"resolver":"192.0.2.53:53","transport":"udp","ms":2}
      {"name":"alias.example","input":"alias.example","status":"missing","reason":"nodata","rcode":"NXDOMAIN","records":[{"name":"alias.example","type":"CNAME","ttl":60,"data":"gone.example."}],"resolver":"192.0.2.53:53","transport":"udp","ms":3,"dangling":true}
      {"name":"xn--bcher-kva.example","input":"bücher.example","status":"unknown","reason":"servfail","rcode":"SERVFAIL","records":[],"resolver":"192.0.2.53:53","transport":"udp","ms":400.2}
      {"name":"wild.example","input":"wild.example","status":"found","reason":null,"rcode":"NOERROR","records":[{"name":"wild.example","type":"A","ttl":60,"data":"192.0.2.9"}],"resolver":"192.0.2.53:53","transport":"udp","ms":4,"wildcard":true}
      {"name":"open.example","input":"open.example","status":"found","reason":null,"rcode":"NOERROR","records":[{"name":"open.example","type":"A","ttl":60,"data":"192.0.2.9"}],"resolver":"192.0.2.53:53","transport":"udp","ms":4,"wildcard":"unchecked"}
      {"name":"any.example","input":"any.example","status":"missing","reason":"wildcard","rcode":"NOERROR","records":[{"name":"any.example","type":"A","ttl":60,"data":"192.0.2.9"}],"resolver":"192.0.2.53:53","transport":"udp","ms":4,"wildcard":true}
      {"name":"dangling.example","input":"dangling.example","status":"unknown","reason":"refused","rcode":"REFUSED","records":[{"name":"dangling.example","type":"CNAME","ttl":60,"data":"left.example.net."}],"resolver":"192.0.2.53:53","transport":"udp","ms":5,"dangling":true,"ede":[{"code":18,"name":"Prohibited","text":"not \\"yours\\"\\u001b[2J"},{"code":4000,"name":null,"text":""}]}
      {"name":"slow.example","input":"slow.example","status":"unknown","reason":"timeout","rcode":null,"records":[],"resolver":null,"transport":null,"ms":15000}
      {"name":"a,\\"b\\"..c","input":"a,\\"b\\"..c","status":"invalid","reason":"empty-label","rcode":null,"records":[],"resolver":null,"transport":null,"ms":0}
      "
    `);
  });
  it('of download', () => {
    expect(download('jsonl')).toMatchInlineSnapshot(`
      "
      {"code":"BR","url":"https://flags.example/br/br.gif","status":"ok","reason":null,"http_status":200,"file":"downloaded/BR.gif","bytes":1024,"attempts":1,"ms":12.5}
      {"code":"CN","url":"https://flags.example/cn/cn.gif","status":"unchanged","reason":null,"http_status":304,"file":"downloaded/CN.gif","bytes":2048,"attempts":1,"ms":3}
      {"code":"XX","url":"https://flags.example/xx/xx.gif","status":"not_found","reason":null,"http_status":404,"file":null,"bytes":null,"attempts":1,"ms":4}
      {"code":"ZZ","url":"https://flags.example/zz/zz.gif","status":"error","reason":"http","http_status":418,"file":null,"bytes":null,"attempts":4,"ms":900,"message":"HTTP error 418 - I'm a teapot"}
      {"code":"","url":"https://flags.example/a,b.gif","status":"error","reason":"timeout","http_status":null,"file":null,"bytes":null,"attempts":4,"ms":24400,"message":"not answered within 6.1 s"}
      {"code":"no code","url":"","status":"error","reason":"bad-code","http_status":null,"file":null,"bytes":null,"attempts":0,"ms":0,"message":"neither a country code nor a URL"}
      "
    `);
  });
});

describe('every format', () => {
  it.each(formatNames.probe)('%s is never coloured but text', (name) => {
    expect(probe(name, coloured) === probe(name)).toBe(name !== 'text');
  });

  it.each(formatNames.probe)('%s has one line for a result, whatever is in its name', (name) => {
    const text = 'a\nb\tc\u001b[31m\r\u009b';
    const format = formats[name].probe({ ...plain, isTerminal: true });
    const line = format.line({
      name: text,
      input: text,
      status: 'invalid',
      reason: 'bad-character',
      ms: 0,
    });
    expect(line.trimEnd()).not.toMatch(/[\0-\x08\x0a-\x1f\x7f-\x9f]/);
    expect(line).toMatch(/\n$/);
  });

  it('text for people spells out what would command their terminal', () => {
    const style = { ...plain, isTerminal: true };
    const asked = {
      name: 'xn--bcher-kva.example',
      ms: 0,
      resolver: '192.0.2.53',
      transport: 'udp',
    };
    const unknown = {
      ...asked,
      input: 'bücher.example\u001b[2J',
      status: 'unknown',
      reason: 'timeout',
    };
    expect(formats.text.probe(style).line(unknown as ProbeResult)).toContain(
      '(bücher.example\\u001b[2J)',
    );
    const common = { code: 'BR', url: 'http://h/\u001b[2J', attempts: 1, ms: 0 } as const;
    const told = [
      { ...common, status: 'not_found', httpStatus: 404 },
      { ...common, status: 'error', reason: 'http', message: 'no \u001b[2J' },
    ] as DownloadResult[];
    for (const result of told) {
      expect((formats.text as Required<Formats>).download(style).line(result)).toMatch(
        /^BR .*\\u001b\[2J\n$/,
      );
    }
  });

  it('is offered for download unless it is columns', () => {
    expect(formatNames).toEqual({
      probe: ['text', 'columns', 'names', 'tsv', 'csv', 'jsonl', 'csv-safe'],
      download: ['text', 'names', 'tsv', 'csv', 'jsonl', 'csv-safe'],
    });
  });
});

describe('printable', () => {
  it.each([
    ['plain', 'plain'],
    ['bücher ☃', 'bücher ☃'],
    ['a\tb\nc\r', 'a\\u0009b\\u000ac\\u000d'],
    ['\u001b[31mred\u0007', '\\u001b[31mred\\u0007'],
    ['\u007f\u0080\u009f\u00a0', '\\u007f\\u0080\\u009f\u00a0'],
  ])('writes %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('formatRecords', () => {
  it('is type and data, with semicolons between', () => {
    const record = { name: 'a', ttl: 1 };
    expect(
      formatRecords([
        { ...record, type: 'MX', data: '10 b.' },
        { ...record, type: 'A', data: '192.0.2.1' },
      ]),
    ).toBe('MX 10 b.; A 192.0.2.1');
    expect(formatRecords([])).toBe('');
  });
});

describe('text with a registration', () => {
  const found = { name: 'x.dev', input: 'x.dev', rcode: 'NOERROR', records: [] } as const;
  const asked = { registration: 'registered', rdapServer: 'registry.example' } as const;
  const source = { status: 'found', resolver: '192.0.2.53', transport: 'udp', ms: 1 } as const;
  it.each([
    [true, '* x.dev\tregistered\n'],
    [undefined, '+ x.dev\n'],
  ] as const)('has the word of the registry where a wildcard is %s', (wildcard, line) => {
    const result = { ...found, ...asked, ...source, ...(wildcard && { wildcard }) };
    expect(formats.text.probe(plain).line(result)).toBe(line);
  });
});
