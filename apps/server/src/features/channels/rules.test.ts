import { describe, expect, it } from 'vitest';
import type { ChannelKind, MemberRole } from '@parley/shared/protocol/channel.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { ChannelRow, MembershipRow } from '../../database/entities/channel.ts';
import {
  assertChannelAdmin,
  assertMayPost,
  assertNotArchived,
  assertNotDirect,
  isChannelAdmin,
  maySee,
} from './rules.ts';

const at = new Date('2026-11-24T09:41:00.000Z');

function channelOf(change: Partial<ChannelRow> = {}): ChannelRow {
  return {
    id: 'c',
    kind: 'public',
    name: 'harbour',
    nameKey: 'harbour',
    topic: '',
    purpose: '',
    createdBy: 'u',
    createdAt: at,
    archivedAt: null,
    messageCount: 0,
    memberCount: 1,
    lastMessageAt: null,
    postingPolicy: 'everyone',
    retentionDays: null,
    directUserIds: null,
    directKey: null,
    ...change,
  };
}

function membershipOf(role: MemberRole): MembershipRow {
  return {
    channelId: 'c',
    userId: 'u',
    role,
    setBackFrom: 0,
    readThrough: 0,
    notify: 'default',
    muted: false,
    starred: false,
    section: null,
    joinedAt: at,
  };
}

const kinds: ChannelKind[] = ['public', 'private', 'direct', 'group'];
const roles: Role[] = ['owner', 'admin', 'member', 'guest'];

describe('who may see a channel', () => {
  it.each(kinds.flatMap((kind) => roles.map((role) => ({ kind, role }))))(
    '$kind for $role: members always, others only public ones and never as guests',
    ({ kind, role }) => {
      expect(maySee({ role }, { kind }, true)).toBe(true);
      expect(maySee({ role }, { kind }, false)).toBe(kind === 'public' && role !== 'guest');
    },
  );
});

describe('who is an admin of a channel', () => {
  const isAdmin = (role: Role, kind: ChannelKind, member: MemberRole | null) =>
    isChannelAdmin(
      { role },
      { channel: channelOf({ kind }), membership: member && membershipOf(member) },
    );

  it('its own admins, but never a guest', () => {
    expect(isAdmin('member', 'private', 'admin')).toBe(true);
    expect(isAdmin('member', 'private', 'member')).toBe(false);
    expect(isAdmin('member', 'public', null)).toBe(false);
    // Somebody who ran a channel and was made a guest afterwards.
    expect(isAdmin('guest', 'private', 'admin')).toBe(false);
  });

  it.each(['owner', 'admin'] as const)('an %s of the workspace who is in it', (role) => {
    expect(isAdmin(role, 'private', 'member')).toBe(true);
    expect(isAdmin(role, 'private', null)).toBe(false);
    expect(isAdmin(role, 'public', null)).toBe(true);
  });

  it('and all others are told that they may not', () => {
    const seen = { channel: channelOf(), membership: membershipOf('member') };
    const refusal: unknown = expect.objectContaining({ code: 'forbidden' });
    expect(() => {
      assertChannelAdmin({ role: 'member' }, seen);
    }).toThrow(refusal);
    expect(() => {
      assertChannelAdmin({ role: 'admin' }, seen);
    }).not.toThrow();
  });
});

describe('what a channel allows', () => {
  it('nothing new once it is archived', () => {
    const refusal: unknown = expect.objectContaining({ code: 'conflict', reason: 'archived' });
    expect(() => {
      assertNotArchived({ archivedAt: at });
    }).toThrow(refusal);
    expect(() => {
      assertNotArchived({ archivedAt: null });
    }).not.toThrow();
  });

  it.each(kinds)('a %s one to be changed, joined and left only if it is a channel', (kind) => {
    const attempt = expect(() => {
      assertNotDirect({ kind });
    });
    const refusal: unknown = expect.objectContaining({ code: 'conflict', reason: 'direct' });
    if (kind === 'direct' || kind === 'group') attempt.toThrow(refusal);
    else attempt.not.toThrow();
  });
});

describe('who may post', () => {
  const posting = (
    role: Role,
    member: MemberRole,
    channel: Partial<ChannelRow>,
    inThreadOnly = false,
  ) =>
    expect(() => {
      const joined = { channel: channelOf(channel), membership: membershipOf(member) };
      assertMayPost({ role }, joined, { inThreadOnly });
    });

  it('everybody in it, guests too', () => {
    for (const role of roles) posting(role, 'member', {}).not.toThrow();
  });

  it('admins alone where the policy says so, and everybody in its threads', () => {
    const channel = { postingPolicy: 'admins' } as const;
    const refusal: unknown = expect.objectContaining({
      code: 'forbidden',
      reason: 'posting_policy',
    });
    posting('member', 'member', channel).toThrow(refusal);
    posting('guest', 'member', channel).toThrow(refusal);
    posting('member', 'admin', channel).not.toThrow();
    posting('admin', 'member', channel).not.toThrow();
    posting('member', 'member', channel, true).not.toThrow();
  });

  it('nobody in an archived one', () => {
    const refusal: unknown = expect.objectContaining({ code: 'conflict', reason: 'archived' });
    posting('owner', 'admin', { archivedAt: at }).toThrow(refusal);
    posting('owner', 'admin', { archivedAt: at }, true).toThrow(refusal);
  });
});
