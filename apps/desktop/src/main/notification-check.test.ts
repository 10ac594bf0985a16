import { describe, expect, it } from 'vitest';
import { findBlockers } from './notification-check.ts';
import type { AskSessionBus } from './session-bus.ts';

const bus =
  (answers: Record<string, string>): AskSessionBus =>
  ({ member }) => {
    const answer = answers[member.split('.').at(-1) ?? ''];
    return answer === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
  };

describe('what keeps notifications from being seen', () => {
  it.each([
    ['a service that shows them', { GetServerInformation: 'plasma' }, []],
    ['no service', {}, ['no_service']],
    [
      'a person who wants none now',
      { GetServerInformation: 'plasma', Get: '   variant       boolean true' },
      ['system_do_not_disturb'],
    ],
    [
      'a person who wants some',
      { GetServerInformation: 'plasma', Get: '   variant       boolean false' },
      [],
    ],
  ])('on Linux with %s', async (_what, answers, blockers) => {
    expect(await findBlockers('linux', true, bus(answers))).toEqual(blockers);
  });

  it('is not asked of the bus elsewhere, nor where there are none at all', async () => {
    const never: AskSessionBus = () => Promise.reject(new Error('asked'));
    expect(await findBlockers('darwin', true, never)).toEqual([]);
    expect(await findBlockers('win32', true, never)).toEqual([]);
    expect(await findBlockers('linux', false, never)).toEqual(['unsupported']);
  });
});
