import { expect, it } from 'vitest';
import { Username } from '@parley/shared/protocol/user.ts';
import { checkFields, suggestUsername } from './fields.ts';

it('finds nothing wrong with good values', () => {
  expect(
    checkFields({
      username: 'mika.o',
      displayName: 'Mika Oyelaran',
      email: 'mika@example.com',
      password: 'correct horse',
      workspaceName: 'Northwind',
    }),
  ).toEqual({});
});

it('says per field what is missing or wrong', () => {
  const errors = checkFields({ username: 'M!', email: 'mika@', password: 'short', login: '  ' });
  expect(Object.keys(errors)).toEqual(['username', 'email', 'password', 'login']);
});

it.each([
  ['Mika Oyelaran', 'mika.oyelaran'],
  ['  Zoë van Dam ', 'zoe.van.dam'],
  ['東京', ''],
  ['x'.repeat(40), 'x'.repeat(32)],
])('suggests for %j the user name %j', (name, expected) => {
  const suggested = suggestUsername(name);
  expect(suggested).toBe(expected);
  if (suggested !== '') expect(Username.safeParse(suggested).success).toBe(true);
});
