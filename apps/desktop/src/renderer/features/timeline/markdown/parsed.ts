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

const onlyEmoji = /^(?:\p{RGI_Emoji}\s*){1,3}$/v;

/** Up to three emoji and nothing else are shown large. */
export function isJumbo(text: string): boolean {
  return text.length < 60 && onlyEmoji.test(text.trim());
}

/** The text of a message without its marks, on one line: for labels, notifications and the clipboard. */
export function plainText(text: string): string {
  return plainBlocks(parsed(text));
}
