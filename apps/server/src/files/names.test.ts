import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxFileNameLength } from '@parley/shared/protocol/file.ts';
import { codePointLength } from '@parley/shared/protocol/plain-text.ts';
import { fileNameFrom } from './names.ts';

describe('the name of a file', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['  Quarterly   report .pdf ', 'Quarterly report .pdf'],
    ['../etc/passwd', 'passwd'],
    ['C:\\Users\\mia\\photo.jpg', 'photo.jpg'],
    ['/', 'file'],
    ['', 'file'],
    ['...', '_'],
    ['..', '_'],
    ['.htaccess', '_htaccess'],
    ['two\r\nlines\u2028three.txt', 'two lines three.txt'],
    ['a\u0000b\u0007c.txt', 'abc.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['\u200bzero\u200dwidth\ufeff.txt', 'zerowidth.txt'],
    ['half \ud800 character.txt', 'half character.txt'],
    ['A\u030angstro\u0308m.txt', 'Ångström.txt'],
    ['what? "this": a<b>|c*.txt', 'what_ _this__ a_b__c_.txt'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1.tar.gz', '_com1.tar.gz'],
    ['console.log', 'console.log'],
    ['ends with dots...', 'ends with dots'],
    ['日本語の書類.docx', '日本語の書類.docx'],
  ])('%j becomes %j', (given, name) => {
    expect(fileNameFrom(given)).toBe(name);
  });

  it('is cut before its ending where it is too long, by characters and by bytes', () => {
    const ascii = fileNameFrom(`${'a'.repeat(500)}.tar.gz`);
    expect([codePointLength(ascii), ascii.slice(-3)]).toEqual([maxFileNameLength, '.gz']);
    const wide = fileNameFrom(`${'語'.repeat(150)}.docx`);
    expect(Buffer.byteLength(wide)).toBeLessThanOrEqual(240);
    expect(wide).toMatch(/^語{70,}\.docx$/);
    expect(codePointLength(fileNameFrom(`a.${'b'.repeat(400)}`))).toBe(maxFileNameLength);
  });

  it('is one that any system takes, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
        const name = fileNameFrom(given);
        expect(name).not.toBe('');
        expect(name).not.toMatch(/[\p{Cc}\p{Surrogate}/\\<>:"|?*\u202a-\u202e\u2066-\u2069]/u);
        expect(name).not.toMatch(/^[. ]|[. ]$/);
        expect(codePointLength(name)).toBeLessThanOrEqual(maxFileNameLength);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
        expect(name.normalize('NFC')).toBe(name);
        expect(fileNameFrom(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});
