export type Toast = {
  id: number;
  tone: 'neutral' | 'danger';
  text: string;
  /** How often the same was said while it was on screen. */
  count: number;
  action: { label: string; run: () => void } | null;
};

const shownMs = 5_000;
const atMost = 4;

/** Short notices that come and go. The same text is folded into one; at most four are on screen. */
class Toasts {
  list = $state<Toast[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
    const same = this.list.find((toast) => toast.text === text);
    if (same) {
      same.count += 1;
      this.#restart(same.id);
      return;
    }
    const id = this.#nextId++;
    const toast = { id, tone: options.tone ?? 'neutral', text, count: 1 };
    this.list.push({ ...toast, action: options.action ?? null });
    for (const old of this.list.slice(0, -atMost)) this.dismiss(old.id);
    this.#restart(id);
  }

  fail(text: string): void {
    this.show(text, { tone: 'danger' });
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #restart(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), shownMs),
    );
  }
}

export const toasts = new Toasts();
