import type { State } from './state.ts';

/** The state as plain data in a fixed order, without its position: equal states give equal values. */
export function toComparable(state: State): unknown {
  const byId = <T>(map: ReadonlyMap<string, T>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return {
    epoch: state.epoch,
    me: state.me,
    users: byId(state.users),
    conversations: byId(state.conversations),
    preferences: state.preferences,
    drafts: byId(state.drafts),
    threads: byId(state.threads),
    workspace: state.workspace,
  };
}

/** JSON with the keys of every object in order, so that it does not depend on how an object came to be. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * A digest of what a client holds, for `sync.verify`: 64-bit FNV-1a over the canonical JSON's UTF-16 units
 * (http://www.isthe.com/chongo/tech/comp/fnv/), in two 32-bit halves with different offsets. It finds mistakes,
 * not forgeries.
 */
export function digest(state: State): string {
  const text = canonicalJson(toComparable(state));
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + index), 0x01000193);
  }
  const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0');
  return hex(high) + hex(low);
}
