import { describe, expect, it } from 'vitest';
import {
  aConversation,
  aMessage,
  aState,
  aUser,
  idOf,
} from '../../../../../../packages/shared/test/entities.ts';
import { rightsOver } from './permissions.ts';

const channelId = idOf(0x100);
const [me, other] = [aUser(idOf(1)), aUser(idOf(2))];

/** What I know, in a workspace that shows who has read a message, or does not. */
function stateWith(readReceipts: boolean) {
  const state = aState(me, [me, other], [aConversation({ id: channelId }, { userId: me.id })]);
  return { ...state, workspace: { ...state.workspace, readReceipts } };
}

describe('who has read a message', () => {
  const own = aMessage({ channelId, authorId: me.id });
  const sees = (change: object, readReceipts = true) =>
    rightsOver({ ...own, ...change }, stateWith(readReceipts)).seeReaders;

  it('is shown to its author, where the workspace allows it', () => {
    expect(sees({})).toBe(true);
    expect(sees({}, false)).toBe(false);
    expect(sees({ authorId: other.id })).toBe(false);
  });

  it('is known of replies too, and not asked for of what is deleted or nobody wrote', () => {
    expect(sees({ threadRootId: idOf(0xb000), threadNumber: 1, number: null })).toBe(true);
    expect(sees({ deletedAt: own.createdAt })).toBe(false);
    expect(sees({ kind: 'system' })).toBe(false);
  });

  it('is shown in conversations that one is in alone', () => {
    expect(rightsOver({ ...own, channelId: idOf(0x200) }, stateWith(true)).seeReaders).toBe(false);
  });
});
