import type { SectionName } from './sections.ts';

const key = 'parley.collapsed';
const names: readonly SectionName[] = ['starred', 'channels', 'direct'];

/** The sections that the person has collapsed on this device. */
export function loadCollapsed(): SectionName[] {
  const stored = localStorage.getItem(key)?.split(',') ?? [];
  return names.filter((name) => stored.includes(name));
}

export function saveCollapsed(collapsed: readonly SectionName[]): void {
  localStorage.setItem(key, collapsed.join(','));
}
