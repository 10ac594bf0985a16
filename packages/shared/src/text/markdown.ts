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
/** Deeper than this, marks within each other are shown flat. */
const maxMarks = 8;
/** What would take more nodes than this to show is no Markdown that anybody wrote, and is shown as it is. */
const maxNodes = 4_000;

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
 * Depth and number of nodes are bounded, so that no message is slow to show.
 */
export function parseMarkdown(text: string): Block[] {
  const reader = new BlockReader(parser.parse(boundedPrefixes(text), {}));
  const blocks = reader.read(0);
  return reader.nodes > maxNodes ? [{ type: 'code', language: '', text }] : blocks;
}

/** Cuts runs of quote marks at the start of a line, on which parsers of Markdown take quadratic time. */
function boundedPrefixes(text: string): string {
  return text.replace(/^(?:[ \t]*>){13,}/gm, (run) => '>'.repeat(maxDepth) + run.slice(-1));
}

class BlockReader {
  readonly #tokens: Token[];
  #next = 0;
  /** How many nodes were made. */
  nodes = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  /** Reads blocks up to the closing token of what contains them. */
  read(depth: number): Block[] {
    const blocks: Block[] = [];
    for (let token = this.#take(); token && token.nesting !== -1; token = this.#take()) {
      blocks.push(...this.#block(token, depth));
    }
    this.nodes += blocks.length;
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
        return [{ type: 'paragraph', children: this.#inline(token) }];
      default:
        return [];
    }
  }

  #inlineUpTo(closing: string): Inline[] {
    const children: Inline[] = [];
    for (let token = this.#take(); token && token.type !== closing; token = this.#take()) {
      if (token.type === 'inline') children.push(...this.#inline(token));
    }
    return children;
  }

  #inline(container: Token): Inline[] {
    const { nodes, count } = readInline(container);
    this.nodes += count;
    return nodes;
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
      if (token.type === 'inline') rows.at(-1)?.push(this.#inline(token));
    }
    const [head = [], ...body] = rows;
    return { type: 'table', head, rows: body };
  }
}

const marks = { strong_open: 'strong', em_open: 'emphasis', s_open: 'strike' } as const;

function isMark(type: string): type is keyof typeof marks {
  return Object.hasOwn(marks, type);
}

/** The nodes within a line, and how many they are with those inside of them. */
function readInline(container: Token): { nodes: Inline[]; count: number } {
  const root: Inline[] = [];
  const open: Inline[][] = [root];
  let links = 0;
  let count = 0;
  const put = (node: Inline) => {
    open.at(-1)?.push(node);
    count += 1;
  };
  const enter = (node: Inline & { children: Inline[] }) => {
    const here = open.at(-1) ?? root;
    if (open.length > maxMarks) open.push(here);
    else {
      put(node);
      open.push(node.children);
    }
  };
  for (const token of container.children ?? []) {
    if (token.type === 'text' || token.type === 'text_special') {
      if (links > 0) put({ type: 'text', text: token.content });
      else splitNames(token.content).forEach(put);
    } else if (token.type === 'code_inline') put({ type: 'code', text: token.content });
    else if (token.type === 'softbreak' || token.type === 'hardbreak') put({ type: 'break' });
    else if (isMark(token.type)) enter({ type: marks[token.type], children: [] });
    else if (token.type === 'link_open') {
      enter({ type: 'link', href: String(token.attrGet('href') ?? ''), children: [] });
      links += 1;
    } else if (token.nesting === -1 && open.length > 1) {
      open.pop();
      if (token.type === 'link_close') links -= 1;
    } else if (token.content) put({ type: 'text', text: token.content });
  }
  return { nodes: root, count };
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
