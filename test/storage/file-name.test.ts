import { describe, expect, it } from 'vitest';
import {
  joinName,
  namePartsOf,
  safeStem,
  splitName,
  withImageExtension,
} from '../../src/storage/file-name.js';

describe('safeStem', () => {
  it.each([
    ['United States', 'United_States'],
    ['Guinea-Bissau', 'Guinea-Bissau'],
    ["Côte d'Ivoire", 'Côte_d_Ivoire'],
    ['Türkiye'.normalize('NFD'), 'Türkiye'],
    ['../../etc/passwd', 'etc_passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a\0b\nc\x1b[31m', 'a_b_c_31m'],
    ['.hidden', 'hidden'],
    ['-rf', 'rf'],
    ['logo@2x', 'logo@2x'],
    ['@file', 'file'],
    ['dot.', 'dot'],
    ['CON', '_CON'],
    ['nul.gif', '_nul.gif'],
    ['Congo', 'Congo'],
    ['中国', '中国'],
    ['\ud800x', 'x'],
    ['🇧🇷', '🇧🇷'],
    ['the 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag', 'the_🏴󠁧󠁢󠁥󠁮󠁧󠁿_flag'],
    ['👩🏽‍🚀/❤️', '👩🏽‍🚀_❤️'],
    ['a€b', 'a_b'],
    ['..', undefined],
    ['/', undefined],
    ['', undefined],
  ])('makes %j into %j', (text, stem) => {
    expect(safeStem(text)).toBe(stem);
  });

  it('cuts a long name to what a file system takes, and never inside a letter', () => {
    const stem = safeStem('𝒳'.repeat(300)) as string;
    expect(stem).toMatch(/^𝒳{50}$/u);
    expect(Buffer.byteLength(stem)).toBe(200);
  });
});

describe('namePartsOf', () => {
  it.each([
    ['/a/flag.gif', 'flag.gif'],
    ['/a/flag.gif?x=y.png', 'flag.gif'],
    ['/%F0%9F%87%A7%F0%9F%87%B7.gif', '🇧🇷.gif'],
    ['/🇧🇷.gif', '🇧🇷.gif'],
    ['/img?id=1', 'img'],
    ['/?id=1', 'id_1'],
    ['/?w=320&file=flags/br.png', 'br.png'],
    ['/?file=..%2F..%2Fetc%2Fpasswd.txt', 'passwd.txt'],
    ['/?', 'index'],
    ['/', 'index'],
    ['/a/', 'index'],
    ['/%00', 'index'],
  ])('calls the file of %s %s', (url, name) => {
    expect(joinName(namePartsOf(new URL(url, 'http://h/')))).toBe(name);
  });
});

describe('withImageExtension', () => {
  it.each([
    ['flag.jpeg', 'jpg', 'flag.jpeg'],
    ['flag.PNG', 'png', 'flag.PNG'],
    ['flag.png', 'webp', 'flag.webp'],
    ['flag', 'gif', 'flag.gif'],
    ['flag.php', 'gif', 'flag.php.gif'],
  ])('makes %s of the kind %s into %s', (name, extension, file) => {
    expect(withImageExtension(splitName(name), extension)).toBe(file);
  });
});
