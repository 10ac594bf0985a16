import type { CallOutput } from '../bridge/bridge.ts';
import type { Policy, Settings } from '../bridge/settings.ts';

/** The part of Electron's session that is used. */
export type SpellSession = {
  readonly availableSpellCheckerLanguages: string[];
  setSpellCheckerDictionaryDownloadURL(url: string): void;
  setSpellCheckerLanguages(languages: string[]): void;
  setSpellCheckerEnabled(enabled: boolean): void;
  listWordsInSpellCheckerDictionary(): Promise<string[]>;
  removeWordFromSpellCheckerDictionary(word: string): boolean;
  on(
    event: 'spellcheck-dictionary-download-failure',
    listener: (event: unknown, language: string) => void,
  ): unknown;
};

export type SpellingOptions = {
  session: SpellSession;
  platform: NodeJS.Platform;
  /** The languages of the system, the preferred one first. */
  systemLanguages: () => string[];
  /** It has turned out that there is no dictionary for a language. */
  onMissing: () => void;
};

type Wanted = Pick<Settings, 'checkSpelling' | 'spellingLanguages'>;

/**
 * Spell-checking by Chromium, in a session that loads no dictionary by itself any more. macOS brings its own; elsewhere dictionaries are fetched as they are needed. Chromium would
 * get them from its maker: before it knows a server of the company, it is told of no language, and so asks nobody.
 */
export class Spelling {
  readonly #options: SpellingOptions;
  readonly #isNative: boolean;
  /** Languages for which the server has no dictionary. With one of them, Chromium would check none of the others either. */
  readonly #missing = new Set<string>();
  #wanted: Wanted = { checkSpelling: false, spellingLanguages: null };
  #server: string | null = null;

  constructor(options: SpellingOptions) {
    const { session, platform, onMissing } = options;
    this.#options = options;
    this.#isNative = platform === 'darwin';
    if (this.#isNative) return;
    session.on('spellcheck-dictionary-download-failure', (_event, language) => {
      this.#missing.add(language);
      this.#check();
      onMissing();
    });
  }

  /** Checks as the person wants it, with the dictionaries of this server; null: there is none to ask. */
  apply(wanted: Wanted, server: string | null): void {
    const { session } = this.#options;
    const before = this.#wanted;
    this.#wanted = wanted;
    if (this.#isNative) {
      session.setSpellCheckerEnabled(wanted.checkSpelling);
      return;
    }
    const isSame =
      server === this.#server &&
      wanted.checkSpelling === before.checkSpelling &&
      String(wanted.spellingLanguages) === String(before.spellingLanguages);
    if (isSame) return;
    if (server !== this.#server) {
      this.#server = server;
      if (server !== null) session.setSpellCheckerDictionaryDownloadURL(`${server}/dictionaries/`);
    }
    this.retry();
  }

  /** Asks again for what could not be had: the network may be back. */
  retry(): void {
    if (this.#isNative) return;
    this.#missing.clear();
    this.#check();
  }

  /** What there is to choose from, what is chosen, and the person's own words. */
  async state(): Promise<CallOutput<'spelling.get'>> {
    const { session } = this.#options;
    const words = await session.listWordsInSpellCheckerDictionary();
    return {
      canChoose: !this.#isNative,
      available: this.#isNative ? [] : regional(session.availableSpellCheckerLanguages),
      chosen: this.#isNative ? [] : this.#languages(),
      missing: [...this.#missing],
      words: words.toSorted((a, b) => a.localeCompare(b)),
    };
  }

  forget(word: string): void {
    this.#options.session.removeWordFromSpellCheckerDictionary(word);
  }

  #check(): void {
    const { session } = this.#options;
    const isOn = this.#wanted.checkSpelling && this.#server !== null;
    const languages = isOn ? this.#languages().filter((each) => !this.#missing.has(each)) : [];
    session.setSpellCheckerLanguages(languages);
    session.setSpellCheckerEnabled(languages.length > 0);
  }

  /** What the person has chosen, else what the system speaks. Chromium throws for one that it does not know. */
  #languages(): string[] {
    const { session, systemLanguages } = this.#options;
    const available = regional(session.availableSpellCheckerLanguages);
    const { spellingLanguages } = this.#wanted;
    if (spellingLanguages) return spellingLanguages.filter((each) => available.includes(each));
    const spoken = systemLanguages().flatMap((language) => {
      const [base = language] = language.split('-');
      const near = available.find((each) => each === base || each.startsWith(`${base}-`));
      return available.includes(language) ? language : (near ?? []);
    });
    return [...new Set(spoken)];
  }
}

/** Without names that only stand for one of the others: `de` where there is `de-DE`. */
function regional(available: readonly string[]): string[] {
  const standsForOther = (code: string) =>
    !code.includes('-') && available.some((other) => other.startsWith(`${code}-`));
  return available.filter((each) => !standsForOther(each));
}

/** Whom to ask for dictionaries: the server of the workspace that is on screen, or was last, where that is allowed. */
export function dictionaryServer(
  { accounts, currentAccount }: Pick<Settings, 'accounts' | 'currentAccount'>,
  { server: only, onlyServer }: Pick<Policy, 'server' | 'onlyServer'>,
): string | null {
  const server = (currentAccount ?? accounts[0])?.server ?? null;
  return onlyServer && server !== only ? null : server;
}
