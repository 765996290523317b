import { describe, expect, it } from 'vitest';
import { explainInput, parseInput } from '../../src/flags/parse-input.js';

describe('parseInput', () => {
  it.each([
    ['Brazil', 'BR'],
    ['USA', 'US'],
    ['076', 'BR'],
    ['zz', 'ZZ'],
    ['🇧🇷', 'BR'],
  ])('reads %s as a code', (text, cc) => {
    expect(parseInput(text)).toMatchObject({ kind: 'code', cc });
  });

  it.each([
    ['http://h/a.gif', 'http://h/a.gif', undefined],
    ['http://h/a.gif\tbrazil.gif', 'http://h/a.gif', 'brazil.gif'],
    ['http://h/a.gif\tout=brazil.gif', 'http://h/a.gif', 'brazil.gif'],
    ['http://h/a.gif \t OUT=the flag', 'http://h/a.gif', 'the flag'],
    ['http://h/a.gif\t../../etc/passwd', 'http://h/a.gif', '../../etc/passwd'],
    ['http://h/a.gif\t', 'http://h/a.gif', undefined],
    ['http://h/a.gif\t\tb', 'http://h/a.gif', 'b'],
    ['http://h/a?x=1=2#f', 'http://h/a?x=1=2', undefined],
  ])('reads %j as a URL and a name', (text, href, name) => {
    const input = parseInput(text);
    expect(input).toMatchObject({ kind: 'url', name });
    expect(input?.kind === 'url' && input.url.href).toBe(href);
  });

  it.each([
    ['http://h/a.gif\tdir=/tmp', '`dir` is not understood behind a URL'],
    ['http://h/a.gif\tout=a\tuser-agent=x', '`user-agent` is not understood behind a URL'],
    ['http://h/a.gif\thttp://h/b.gif', 'only one URL stands on a line'],
    ['http://h/a.gif\tout=http://h/b.gif', 'only one URL stands on a line'],
    ['flags.example:8080/a.gif', 'did you mean https://flags.example:8080/a.gif?'],
    ['//flags.example/a.gif', 'did you mean https://flags.example/a.gif?'],
    ['http://h/a.gif\ta\tb', 'there may be one file name'],
    ['http://h/a.gif\tout=', 'it must not be empty'],
    ['http://\tout=a', 'not a valid http(s) URL'],
    ['"http://h/a.gif"\t"a"', 'a URL stands in a list without quotes'],
    ['BR\tbrazil', 'behind a code there is no name'],
    ['Brasil', "no country's code or name, nor an http(s) URL; did you mean BR?"],
    ['Korea', 'did you mean KR or KP?'],
    ['ftp://h/a.gif', "no country's code or name"],
    ['', "no country's code or name, nor an http(s) URL"],
  ])('makes nothing of %j, and says why', (text, why) => {
    expect(parseInput(text)).toBeUndefined();
    expect(explainInput(text)).toContain(why);
  });
});
