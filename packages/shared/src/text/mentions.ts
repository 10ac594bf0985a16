import { parseMarkdown, type Block, type Inline } from './markdown.ts';

/** Names after `@` in a text. More than `maxMentions` different people are not told. */
export type FoundMentions = { usernames: string[]; channel: boolean; here: boolean };

export const maxMentions = 100;

/** Finds whom a message speaks to, by the same reading that shows it: never inside code or a link. */
export function findMentions(text: string): FoundMentions {
  const found = new Set<string>();
  if (text.includes('@')) for (const block of parseMarkdown(text)) collectBlock(block, found);
  const channel = found.delete('channel') || found.delete('everyone') || found.delete('all');
  const here = found.delete('here');
  return { usernames: [...found].slice(0, maxMentions), channel, here };
}

function collectBlock(block: Block, found: Set<string>): void {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      collectInline(block.children, found);
      return;
    case 'quote':
      for (const child of block.children) collectBlock(child, found);
      return;
    case 'list':
      for (const child of block.items.flat()) collectBlock(child, found);
      return;
    case 'table':
      for (const cell of [block.head, ...block.rows].flat()) collectInline(cell, found);
      return;
    case 'code':
    case 'rule':
  }
}

function collectInline(nodes: Inline[], found: Set<string>): void {
  for (const node of nodes) {
    if (node.type === 'mention') found.add(node.name);
    else if (node.type !== 'link' && 'children' in node) collectInline(node.children, found);
  }
}
