import { expect, it } from 'vitest';
import { keywordsIn } from './keywords.ts';

it.each([
  ['', []],
  [' , ;; ', []],
  ['deploy, On  call; DEPLOY ,日本語', ['deploy', 'On call', '日本語']],
])('reads %j', (text, keywords) => {
  expect(keywordsIn(text)).toEqual({ ok: true, keywords });
});

it('refuses what the server would', () => {
  const many = Array.from({ length: 51 }, (_, index) => `w${index}`).join();
  expect(keywordsIn(many)).toEqual({ ok: false, fault: 'too_many' });
  expect(keywordsIn('x'.repeat(61))).toEqual({ ok: false, fault: 'too_long' });
  expect(keywordsIn('👩‍🚀'.repeat(20))).toMatchObject({ ok: true });
});
