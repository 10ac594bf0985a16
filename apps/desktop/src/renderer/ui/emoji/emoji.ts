import { isOneEmoji } from '@parley/shared/text/emoji.ts';
import { fold } from '@parley/shared/text/fold.ts';
import { score } from '../fuzzy.ts';

export type Emoji = {
  character: string;
  name: string;
  shortcodes: readonly string[];
  /** Index into `groups`. */
  group: number;
  /** The five skin tones from light to dark; empty when it has none. */
  tones: readonly string[];
  /** What finds it, folded; the shortcodes find it first. */
  tags: readonly string[];
};

/** The order of the groups in the data; one of them holds only parts of other emoji. */
export const groups = [
  'smileys',
  'people',
  'parts',
  'nature',
  'food',
  'travel',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;

/** Newer ones are boxes on systems of today. */
const newestVersion = 15;

type Raw = {
  emoji: string;
  annotation: string;
  shortcodes?: string[];
  tags?: string[];
  group: number;
  version: number;
  skins?: { emoji: string; tone: number | number[] }[];
};

let loading: Promise<readonly Emoji[]> | null = null;

/** All emoji in the order of pickers. Loaded at first use, then kept. */
export function loadEmoji(): Promise<readonly Emoji[]> {
  loading ??= import('emoji-picker-element-data/en/github/data.json').then(
    (module) => readEmoji(module.default),
    (error: unknown) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

function readEmoji(raw: readonly Raw[]): readonly Emoji[] {
  return raw
    .filter(({ version, group }) => version <= newestVersion && groups[group] !== 'parts')
    .map(({ emoji, annotation, shortcodes = [], tags = [], group, skins = [] }) => ({
      character: minimal(emoji),
      name: annotation,
      shortcodes,
      group,
      // Pairs of people have a tone each; the picker offers those that are alike.
      tones: skins
        .filter(({ tone }) => typeof tone === 'number')
        .map((skin) => minimal(skin.emoji)),
      tags: [annotation, ...tags].map(fold),
    }));
}

/** The form that Unicode recommends: without the selector that data adds where it says nothing. */
function minimal(emoji: string): string {
  const bare = emoji.replaceAll('\ufe0f', '');
  return isOneEmoji(bare) ? bare : emoji;
}

/** The best emoji for a query such as `tada` or `party`. */
export function searchEmoji(all: readonly Emoji[], query: string, limit: number): Emoji[] {
  const folded = fold(query.trim());
  const points = (emoji: Emoji) =>
    Math.max(
      ...emoji.shortcodes.map((code) => score(folded, code)),
      ...emoji.tags.map((tag) => score(folded, tag) * 0.5),
    );
  return all
    .map((emoji, order) => ({ emoji, points: points(emoji), order }))
    .filter((each) => each.points > 0)
    .sort((a, b) => b.points - a.points || a.order - b.order)
    .slice(0, limit)
    .map(({ emoji }) => emoji);
}

/** An emoji in the chosen tone (0: none, 1 light to 5 dark). */
export function toned(emoji: Emoji, tone: number): string {
  return emoji.tones[tone - 1] ?? emoji.character;
}
