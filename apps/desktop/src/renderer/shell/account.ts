import { z } from 'zod';

const key = 'parley.account';
const Account = z.object({ server: z.string(), userId: z.string() });

/** Who used this device last, and where: enough to paint what was kept, and no secret. */
export type Account = z.infer<typeof Account>;

export function loadAccount(): Account | null {
  try {
    return Account.parse(JSON.parse(localStorage.getItem(key) ?? 'null'));
  } catch {
    return null;
  }
}

export function saveAccount(account: Account | null): void {
  try {
    if (account) localStorage.setItem(key, JSON.stringify(account));
    else localStorage.removeItem(key);
  } catch {
    // Without storage the next start begins at the server instead of the cache.
  }
}
