const key = 'parley.emoji';
const starters = ['👍', '✅', '👀', '🎉', '❤️', '😄', '🙏', '🚀', '💯'];
const kept = 60;

type Stored = { counts: Record<string, number>; tone: number };

function read(): Stored {
  const empty = { counts: {}, tone: 0 };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return empty;
    const tone = 'tone' in stored && typeof stored.tone === 'number' ? stored.tone : 0;
    const raw = 'counts' in stored && typeof stored.counts === 'object' ? stored.counts : null;
    const counts = Object.entries(raw ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    return { counts: Object.fromEntries(counts), tone };
  } catch {
    // Unreadable or forbidden: the habits of a new person.
    return empty;
  }
}

/** Which emoji this person uses most on this device, and in which tone. */
class Favourites {
  #stored = $state.raw<Stored>(read());

  get tone(): number {
    return this.#stored.tone;
  }

  /** The most used, filled up with common ones. */
  first(count: number): string[] {
    const used = Object.entries(this.#stored.counts)
      .sort(([, a], [, b]) => b - a)
      .map(([emoji]) => emoji);
    return [...new Set([...used, ...starters])].slice(0, count);
  }

  use(emoji: string): void {
    const counts = { ...this.#stored.counts };
    counts[emoji] = (counts[emoji] ?? 0) + 1;
    const top = Object.entries(counts).sort(([, a], [, b]) => b - a);
    this.#write({ ...this.#stored, counts: Object.fromEntries(top.slice(0, kept)) });
  }

  setTone(tone: number): void {
    this.#write({ ...this.#stored, tone });
  }

  #write(next: Stored): void {
    this.#stored = next;
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Nothing is lost but a habit.
    }
  }
}

export const favourites = new Favourites();
