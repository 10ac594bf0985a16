import type { Account } from '../../bridge/settings.ts';
import { hostOf } from '../features/sign-in/address.ts';
import { messages } from '../messages.ts';
import { openIndexedDbStorage } from '../sync/indexed-db-storage.ts';
import { createMemoryStorage, type Storage } from '../sync/storage.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { reportTrouble } from './trouble.ts';

/** What this device keeps of an account; nothing where it can store nothing. The person is told of what was lost. */
export async function openStorage({ server, userId }: Account): Promise<Storage> {
  try {
    const storage = await openIndexedDbStorage(server, userId);
    if (storage.wasDamaged) toasts.fail(messages.workspaces.storageDamaged(hostOf(server)));
    return storage;
  } catch (error) {
    reportTrouble('nothing can be stored on this device', error);
    return createMemoryStorage();
  }
}
