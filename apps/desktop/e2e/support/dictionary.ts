/**
 * A dictionary in Chromium's format with the words below and no rules, made by its `convert_dict`: a, and, at, colleague,
 * computer, for, house, houses, in, is, it, keyboard, message, messages, morning, of, on, road, tea, the, to, tomorrow,
 * we, weather, window, with.
 */
const encoded = [
  'QkRpYwIAAAAgAAAAWgAAAEFBbWVu1fYrIlxl5MpYMKoyAAAAOAAAADkAAAA6AAAACgpBRiAwAAAAAFRSWSBlc2lh',
  'bnJ0b2xjZHVnbXBoYnlmdmt3enF4agAA62EAYw9mKGgtaUJrT21Zb35yh3SNd6vjAABuAnQGAABAAGQAAADhbwDi',
  'bABtCUAAbGVhZ3VlAEAAcHV0ZXIAQABvcgDhbwDhdQDhcwDhZQDiAABzAgAAAADjbgBzAnQEAAAAAAAAQABleWJv',
  'YXJkAOJlAG8Y4XMA4XMA4WEA4WcA4WUA4gAAcwIAAAAAQABybmluZwDiZgBuAgAAAABAAG9hZADjZQBoBG8IQABh',
  'AEAAZQDiAABtAgAAQABvcnJvdwDiZQBpDuIAAGECAABAAHRoZXIA4m4AdAZAAGRvdwBAAGgA',
];

export function smallDictionary(): Buffer {
  return Buffer.from(encoded.join(''), 'base64');
}
