import MarkdownIt, { type Token } from 'markdown-it';

/** What stands inside a line. `href` is always http, https or mailto. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'break' }
  | { type: 'strong' | 'emphasis' | 'strike'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] }
  | { type: 'mention'; name: string }
  | { type: 'channel'; name: string };

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'heading'; level: number; children: Inline[] }
  | { type: 'code'; language: string; text: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { type: 'rule' };

/** Deeper than this, quotes and lists within each other are shown flat. */
const maxDepth = 12;

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: 24 });
parser.disable(['image', 'html_block', 'html_inline', 'reference', 'entity']);
// Only addresses that name their scheme, or an e-mail address: `readme.md` is a file, not a page.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: true, fuzzyIP: false });
parser.validateLink = isSafeLink;

/** Whether a link may be offered at all: http, https and mailto, nothing else. */
export function isSafeLink(href: string): boolean {
  return /^(?:https?:\/\/|mailto:)[^\s]/i.test(href.trim());
}

/**
 * Parses a message. Never throws and never gives HTML: what is no Markdown that Parley knows comes back as text.
 * Depth and number of nodes are bounded by the length of the text and `maxDepth`.
 */
export function parseMarkdown(text: string): Block[] {
  const tokens = parser.parse(boundedPrefixes(text), {});
  return new BlockReader(tokens).read(0);
}

/** Cuts runs of quote marks at the start of a line, on which parsers of Markdown take quadratic time. */
function boundedPrefixes(text: string): string {
  return text.replace(/^(?:[ \t]*>){13,}/gm, (run) => '>'.repeat(maxDepth) + run.slice(-1));
}

class BlockReader {
  readonly #tokens: Token[];
  #next = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  /** Reads blocks up to the closing token of what contains them. */
  read(depth: number): Block[] {
    const blocks: Block[] = [];
    for (let token = this.#take(); token && token.nesting !== -1; token = this.#take()) {
      blocks.push(...this.#block(token, depth));
    }
    return blocks;
  }

  #take(): Token | undefined {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    return token;
  }

  #block(token: Token, depth: number): Block[] {
    switch (token.type) {
      case 'paragraph_open':
        return [{ type: 'paragraph', children: this.#inlineUpTo('paragraph_close') }];
      case 'heading_open': {
        const level = Number(token.tag.slice(1));
        return [{ type: 'heading', level, children: this.#inlineUpTo('heading_close') }];
      }
      case 'fence':
      case 'code_block': {
        const language = token.info.trim().split(/\s+/, 1)[0] ?? '';
        return [{ type: 'code', language, text: token.content.replace(/\n$/, '') }];
      }
      case 'hr':
        return [{ type: 'rule' }];
      case 'blockquote_open': {
        const children = this.read(depth + 1);
        return depth < maxDepth ? [{ type: 'quote', children }] : children;
      }
      case 'bullet_list_open':
      case 'ordered_list_open':
        return this.#list(token, depth);
      case 'table_open':
        return [this.#table()];
      case 'inline':
        return [{ type: 'paragraph', children: readInline(token) }];
      default:
        return [];
    }
  }

  #inlineUpTo(closing: string): Inline[] {
    const children: Inline[] = [];
    for (let token = this.#take(); token && token.type !== closing; token = this.#take()) {
      if (token.type === 'inline') children.push(...readInline(token));
    }
    return children;
  }

  #list(open: Token, depth: number): Block[] {
    const ordered = open.type === 'ordered_list_open';
    const start = Number(open.attrGet('start') ?? 1);
    const items: Block[][] = [];
    for (let token = this.#take(); token && token.nesting !== -1; token = this.#take()) {
      if (token.type === 'list_item_open') items.push(this.read(depth + 1));
    }
    return depth < maxDepth ? [{ type: 'list', ordered, start, items }] : items.flat();
  }

  #table(): Block {
    const rows: Inline[][][] = [];
    for (let token = this.#take(); token && token.type !== 'table_close'; token = this.#take()) {
      if (token.type === 'tr_open') rows.push([]);
      if (token.type === 'inline') rows.at(-1)?.push(readInline(token));
    }
    const [head = [], ...body] = rows;
    return { type: 'table', head, rows: body };
  }
}

const marks = { strong_open: 'strong', em_open: 'emphasis', s_open: 'strike' } as const;

function isMark(type: string): type is keyof typeof marks {
  return Object.hasOwn(marks, type);
}

function readInline(container: Token): Inline[] {
  const root: Inline[] = [];
  const open: Inline[][] = [root];
  let links = 0;
  const put = (node: Inline) => open.at(-1)?.push(node);
  for (const token of container.children ?? []) {
    if (token.type === 'text' || token.type === 'text_special') {
      if (links > 0) put({ type: 'text', text: token.content });
      else splitNames(token.content).forEach(put);
    } else if (token.type === 'code_inline') put({ type: 'code', text: token.content });
    else if (token.type === 'softbreak' || token.type === 'hardbreak') put({ type: 'break' });
    else if (isMark(token.type)) {
      const children: Inline[] = [];
      put({ type: marks[token.type], children });
      open.push(children);
    } else if (token.type === 'link_open') {
      const children: Inline[] = [];
      put({ type: 'link', href: String(token.attrGet('href') ?? ''), children });
      open.push(children);
      links += 1;
    } else if (token.nesting === -1 && open.length > 1) {
      open.pop();
      if (token.type === 'link_close') links -= 1;
    } else if (token.content) put({ type: 'text', text: token.content });
  }
  return root;
}

const names =
  /(?<![\p{L}\p{N}_./@#-])(?:@(?<user>[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9])|#(?<channel>[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,79}))/gu;

/** Text with the mentions of people and channels taken out as nodes of their own. */
function splitNames(text: string): Inline[] {
  if (!text.includes('@') && !text.includes('#')) return text ? [{ type: 'text', text }] : [];
  const nodes: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(names)) {
    if (match.index > from) nodes.push({ type: 'text', text: text.slice(from, match.index) });
    const { user, channel } = match.groups ?? {};
    if (user !== undefined) nodes.push({ type: 'mention', name: user.toLowerCase() });
    else if (channel !== undefined) nodes.push({ type: 'channel', name: channel });
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push({ type: 'text', text: text.slice(from) });
  return nodes;
}
