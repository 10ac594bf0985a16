import { expect, it, vi } from 'vitest';
import { loadNoDictionary } from './no-dictionary.ts';
import { dictionaryServer, Spelling, type SpellSession } from './spelling.ts';

const server = 'https://chat.example.com';
const other = 'https://other.example.com';
const userId = '01900000-0000-7000-8000-000000000002';

/** Chromium, which asks the maker of dictionaries for whatever language it is told of before it has an address. */
class FakeSession implements SpellSession {
  readonly availableSpellCheckerLanguages = [
    ...['de', 'de-DE', 'en', 'en-GB', 'en-GB-oxendict', 'en-US', 'ko'],
  ];
  readonly asked: string[] = [];
  readonly words = new Set(['Parley', 'Ångström']);
  languages = ['en-US'];
  enabled = true;
  #url = 'https://maker.invalid/';
  #failed: (event: unknown, language: string) => void = () => undefined;

  setSpellCheckerDictionaryDownloadURL(url: string): void {
    this.#url = url;
  }

  setSpellCheckerLanguages(languages: string[]): void {
    const unknown = languages.find((each) => !this.availableSpellCheckerLanguages.includes(each));
    if (unknown !== undefined) throw new Error(`Invalid language code provided: ${unknown}`);
    this.languages = languages;
    this.#load();
  }

  setSpellCheckerEnabled(enabled: boolean): void {
    this.enabled = enabled;
    this.#load();
  }

  listWordsInSpellCheckerDictionary(): Promise<string[]> {
    return Promise.resolve([...this.words]);
  }

  removeWordFromSpellCheckerDictionary(word: string): boolean {
    return this.words.delete(word);
  }

  on(_event: string, listener: (event: unknown, language: string) => void): void {
    this.#failed = listener;
  }

  fail(language: string): void {
    this.#failed({}, language);
  }

  #load(): void {
    for (const language of this.languages) this.asked.push(`${this.#url}${language}`);
  }
}

function start(
  platform: NodeJS.Platform = 'linux',
  onMissing: () => void = () => undefined,
): [Spelling, FakeSession] {
  const session = new FakeSession();
  const systemLanguages = () => ['de-AT', 'en-GB', 'tlh', 'de-DE'];
  loadNoDictionary(session, platform);
  return [new Spelling({ session, platform, systemLanguages, onMissing }), session];
}

const wanted = (spellingLanguages: string[] | null, checkSpelling = true) => ({
  checkSpelling,
  spellingLanguages,
});

it('asks nobody before there is a server, and then no other', () => {
  const [spelling, session] = start();
  expect(session.languages).toEqual([]);
  spelling.apply(wanted(['en-GB']), null);
  spelling.apply(wanted(null), null);
  expect(session.asked).toEqual([]);
  expect(session.enabled).toBe(false);
  spelling.apply(wanted(['en-GB', 'ko']), server);
  expect(session.languages).toEqual(['en-GB', 'ko']);
  expect(session.enabled).toBe(true);
  spelling.apply(wanted(['en-GB', 'ko']), other);
  expect(new Set(session.asked.map((url) => new URL(url).origin))).toEqual(
    new Set([server, other]),
  );
  const count = session.asked.length;
  spelling.apply(wanted(['en-GB', 'ko']), other);
  expect(session.asked.length).toBe(count);
});

it('checks in what the system speaks until the person chooses', async () => {
  const [spelling, session] = start();
  spelling.apply(wanted(null), server);
  expect(session.languages).toEqual(['de-DE', 'en-GB']);
  spelling.apply(wanted(['ko', 'gone']), server);
  expect(session.languages).toEqual(['ko']);
  expect(await spelling.state()).toEqual({
    canChoose: true,
    available: ['de-DE', 'en-GB', 'en-GB-oxendict', 'en-US', 'ko'],
    chosen: ['ko'],
    missing: [],
    words: ['Ångström', 'Parley'],
  });
  spelling.apply(wanted([]), server);
  expect(session.enabled).toBe(false);
});

it('leaves out a language without a dictionary, which would hold up the others, until it is asked for again', async () => {
  const told = vi.fn();
  const [spelling, session] = start('linux', told);
  spelling.apply(wanted(['de-DE', 'en-GB']), server);
  session.fail('de-DE');
  expect(told).toHaveBeenCalledOnce();
  expect(session.languages).toEqual(['en-GB']);
  expect((await spelling.state()).missing).toEqual(['de-DE']);
  spelling.retry();
  expect(session.languages).toEqual(['de-DE', 'en-GB']);
  session.fail('de-DE');
  spelling.apply(wanted(['de-DE', 'en-GB']), other);
  expect(session.languages).toEqual(['de-DE', 'en-GB']);
});

it('is off where the person wants it so, and forgets their words when asked to', async () => {
  const [spelling, session] = start();
  spelling.apply(wanted(['en-GB']), server);
  spelling.apply(wanted(['en-GB'], false), server);
  expect([session.languages, session.enabled]).toEqual([[], false]);
  spelling.forget('Parley');
  expect((await spelling.state()).words).toEqual(['Ångström']);
});

it('leaves it to macOS, which brings its own dictionaries', async () => {
  const [spelling, session] = start('darwin');
  spelling.apply(wanted(['ko'], false), server);
  expect(session.enabled).toBe(false);
  spelling.apply(wanted(['ko']), server);
  expect([session.enabled, session.languages]).toEqual([true, ['en-US']]);
  expect(await spelling.state()).toMatchObject({ canChoose: false, available: [] });
});

it('asks the server of the workspace on screen, and never one that the policy refuses', () => {
  const accounts = [server, other].map((each) => ({
    server: each,
    userId,
    workspace: '',
    channelId: null,
  }));
  const free = { server: null, onlyServer: false };
  expect(dictionaryServer({ accounts: [], currentAccount: null }, free)).toBeNull();
  expect(dictionaryServer({ accounts, currentAccount: null }, free)).toBe(server);
  const current = { accounts, currentAccount: { server: other, userId } };
  expect(dictionaryServer(current, free)).toBe(other);
  expect(dictionaryServer(current, { server, onlyServer: true })).toBeNull();
  expect(dictionaryServer(current, { server: other, onlyServer: true })).toBe(other);
});
