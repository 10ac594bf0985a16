import { parseMarkdown, type Block } from '@parley/shared/text/markdown.ts';
import { plainBlocks } from '@parley/shared/text/plain.ts';

const kept = 600;
const known = new Map<string, Block[]>();

/** The parsed text; what was shown lately is not parsed again. */
export function parsed(text: string): Block[] {
  const before = known.get(text);
  if (before) {
    known.delete(text);
    known.set(text, before);
    return before;
  }
  const blocks = parseMarkdown(text);
  known.set(text, blocks);
  for (const oldest of known.keys()) {
    if (known.size <= kept) break;
    known.delete(oldest);
  }
  return blocks;
}

/**
 * One emoji, as https://unicode.org/reports/tr51/ composes them: a flag, a key, or a picture that may have a skin, tags
 * and further pictures joined to it. `\p{RGI_Emoji}` lists them all, and takes longer to compile than the app to start.
 */
const emoji = [
  String.raw`\p{RI}{2}`,
  String.raw`[0-9#*]\uFE0F\u20E3`,
  String.raw`(?!\p{RI})(?:\p{Emoji_Presentation}|\p{ExtPict}\uFE0F|\p{EBase}(?=\p{EMod}))` +
    String.raw`(?:\p{EMod}|[\u{E0020}-\u{E007E}]+\u{E007F})?(?:\u200D\p{Emoji}(?:\uFE0F|\p{EMod})?)*`,
].join('|');
const onlyEmoji = new RegExp(`^(?:(?:${emoji})\\s*){1,3}$`, 'u');

/** Up to three emoji and nothing else are shown large. */
export function isJumbo(text: string): boolean {
  return text.length < 60 && onlyEmoji.test(text.trim());
}

/** The text of a message without its marks, on one line: for labels, notifications and the clipboard. */
export function plainText(text: string): string {
  return plainBlocks(parsed(text));
}
