import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Transaction } from '../../database/client.ts';
import type { UserRow } from '../../database/entities/user.ts';
import { users } from '../../database/schema.ts';

export type NewAccount = {
  username: string;
  displayName: string;
  email: string;
  passwordHash: string;
  role: Role;
};

/** `conflict` when the user name or the e-mail address belongs to somebody. */
export async function assertFree(
  tx: Transaction,
  { username, email }: { username: string; email: string },
): Promise<void> {
  const byName = await tx.select({ id: users.id }).from(users).where(eq(users.username, username));
  if (byName.length > 0) {
    throw new ParleyError('conflict', 'This user name is taken.', { reason: 'username_taken' });
  }
  const byEmail = await tx.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (byEmail.length > 0) {
    throw new ParleyError('conflict', 'This e-mail address has an account.', {
      reason: 'email_taken',
    });
  }
}

/** Writes a new account. */
export async function insertAccount(
  tx: Transaction,
  now: Date,
  account: NewAccount,
): Promise<UserRow> {
  const [row] = await tx
    .insert(users)
    .values({ ...account, id: uuidv7(), createdAt: now })
    .returning();
  if (!row) throw new Error('the account was not written');
  return row;
}
