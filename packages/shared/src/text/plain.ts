import { parseMarkdown, type Block, type Inline } from './markdown.ts';

/** The text of a message without its marks, on one line: for labels, notifications, search and the clipboard. */
export function plainText(text: string): string {
  return plainBlocks(parseMarkdown(text));
}

/** The same of a message that was parsed already. */
export function plainBlocks(blocks: readonly Block[]): string {
  return blocks.map(blockText).filter(Boolean).join(' ');
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return inlineText(block.children);
    case 'code':
      return block.text.replace(/\s+/g, ' ');
    case 'quote':
      return block.children.map(blockText).join(' ');
    case 'list':
      return block.items.flat().map(blockText).join(', ');
    case 'table':
      return [block.head, ...block.rows].flat().map(inlineText).join(' ');
    case 'rule':
      return '';
  }
}

function inlineText(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
        case 'code':
          return node.text;
        case 'break':
          return ' ';
        case 'mention':
          return `@${node.name}`;
        case 'channel':
          return `#${node.name}`;
        default:
          return inlineText(node.children);
      }
    })
    .join('');
}
