import { expect, it } from 'vitest';
import { fileMessages, heardIn, saidIn } from './files.ts';

const photo = { name: 'beach.jpg', mediaType: 'image/jpeg' };
const report = { name: 'report.pdf', mediaType: 'application/pdf' };

it('says what was sent where nothing was written', () => {
  expect(saidIn('Look', [photo])).toBe('Look');
  expect(saidIn('', [])).toBe('');
  expect(saidIn('', [photo])).toBe('Sent a photo');
  expect(saidIn('', [photo, photo, photo])).toBe('Sent 3 photos');
  expect(saidIn('', [report])).toBe('Sent report.pdf');
  expect(saidIn('', [report, photo])).toBe('Sent 2 files');
});

it('tells those who hear a message of what is beside its words', () => {
  expect(heardIn('Look', [])).toBe('Look');
  expect(heardIn('Look', [photo, photo])).toBe('Look (with 2 photos)');
  expect(heardIn('', [report])).toBe('Sent report.pdf');
});

it('never lets a name turn the words around it', () => {
  expect(saidIn('', [{ name: 'a\u202Egnp.exe', mediaType: '' }])).toBe('Sent agnp.exe');
});

it('says why a file was not sent, by the reason before the code', () => {
  const { failed } = fileMessages.files;
  expect(failed({ code: 'too_large', reason: 'file_too_large' })).toBe('It is too large.');
  expect(failed({ code: 'unavailable' })).toBe('The server cannot be reached.');
  expect(failed({ code: 'invalid_input', reason: 'of another version' })).toBe(
    'It could not be uploaded.',
  );
});

it('names what is too large, and how large it may be', () => {
  const { tooLarge } = fileMessages.files;
  expect(tooLarge(['film.mov', 'disk.iso'], 100_000_000)).toMatch(
    /^film\.mov and disk\.iso are larger than 100 MB,/,
  );
});
