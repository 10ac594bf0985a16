import { expect, it } from 'vitest';
import { Places } from './places.svelte.ts';

it('goes back and forward through where one was', () => {
  const places = new Places();
  for (const channelId of ['a', 'b', 'c']) places.open(channelId);
  places.back();
  expect(places.channelId).toBe('b');
  places.back();
  expect(places.channelId).toBe('a');
  expect(places.canGoBack).toBe(false);
  places.forward();
  expect(places.channelId).toBe('b');
  places.open('d');
  expect(places.canGoForward).toBe(false);
  expect(places.recent).toEqual(['d', 'b', 'a', 'c']);
});

it('forgets a conversation that is gone, everywhere', () => {
  const places = new Places();
  for (const channelId of ['a', 'b', 'a', 'c']) places.open(channelId);
  places.panel = { kind: 'details', tab: 'about' };
  places.leave('a');
  expect(places.channelId).toBe('c');
  places.leave('c');
  expect(places.channelId).toBe('b');
  expect(places.panel).toBeNull();
  expect(places.recent).toEqual(['b']);
});

it('closes a thread with its conversation, and keeps details open', () => {
  const places = new Places();
  places.open('a');
  places.panel = { kind: 'details', tab: 'members' };
  places.open('b');
  expect(places.panel).toEqual({ kind: 'details', tab: 'members' });
  places.panel = { kind: 'thread', channelId: 'b', rootId: 'm', target: null };
  places.open('a');
  expect(places.panel).toBeNull();
});
