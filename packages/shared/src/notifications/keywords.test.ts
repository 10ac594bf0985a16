import { expect, it } from 'vitest';
import { fastestMs } from '../../test/fastest.ts';
import { hasKeyword } from './keywords.ts';

it.each([
  ['Deploy now', 'deploy'],
  ['(deploy)', 'DEPLOY'],
  ['we deploy', 'deploy'],
  ['deploys and then: deploy', 'deploy'],
  ['release of C++ today', 'c++'],
  ['der Straßenbau', 'straßenbau'],
  ['明日会議だ', '会議'],
  ['회의를 합시다', '회의'],
  ['two words here', 'two words'],
  ['see [a|b] (c)', '[a|b] (c)'],
  ['a well-known fact', 'well-known'],
  ['cafe\u0301', 'café'],
])('finds in “%s” the keyword “%s”', (text, keyword) => {
  expect(hasKeyword(text, [keyword])).toBe(true);
});

it.each([
  ['redeployed', 'deploy'],
  ['deploy_all', 'deploy'],
  ['anna', 'ann'],
  ['naïve', 'na'],
  ['', 'deploy'],
  ['deploy', ''],
])('does not find in “%s” the keyword “%s”', (text, keyword) => {
  expect(hasKeyword(text, [keyword])).toBe(false);
});

it('takes less than 50 ms for fifty keywords and a long message that nearly holds them', () => {
  const keywords = Array.from({ length: 50 }, (_, n) => `aa${n % 2 === 0 ? '' : 'a'}`);
  const text = 'a'.repeat(16_000);
  expect(hasKeyword(text, keywords)).toBe(false);
  expect(fastestMs(() => hasKeyword(text, keywords))).toBeLessThan(50);
});
