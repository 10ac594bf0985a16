import { maxFilesPerMessage } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Client } from '../../../sync/client.ts';
import { explain, failureOf, messages } from '../../../messages.ts';
import type { Given, NamedBlob } from './intake.ts';

type Place = { channelId: Id; threadRootId: Id | null };
type Attaching = Pick<Client, 'attach' | 'attachments' | 'maxFileBytes'>;

/** Puts files beside what is written in a place. Answers what the person has to be told, if anything. */
export async function attachGiven(
  client: Attaching,
  { channelId, threadRootId }: Place,
  { files, hasFolders }: Given,
): Promise<string[]> {
  const told: string[] = hasFolders ? [messages.files.folder] : [];
  const most = client.maxFileBytes ?? Infinity;
  const tooLarge = files.filter(({ blob }) => blob.size > most);
  if (tooLarge.length > 0) {
    told.push(
      messages.files.tooLarge(
        tooLarge.map(({ name }) => name),
        most,
      ),
    );
  }
  // The others are what the person wanted, too.
  const fitting = files.filter(({ blob }) => blob.size <= most);
  if (fitting.length === 0) return told;
  const there = client.attachments(channelId, threadRootId).length;
  if (there + fitting.length > maxFilesPerMessage) {
    return [...told, messages.files.tooMany(maxFilesPerMessage)];
  }
  const trouble = await attempt(client, { channelId, threadRootId }, fitting);
  return trouble === null ? told : [...told, trouble];
}

async function attempt(
  client: Attaching,
  { channelId, threadRootId }: Place,
  files: readonly NamedBlob[],
): Promise<string | null> {
  try {
    await client.attach(channelId, threadRootId, files);
    return null;
  } catch (error) {
    const reason = failureOf(error)?.reason ?? '';
    const known: Readonly<Record<string, string>> = {
      file_too_large: messages.files.anyTooLarge,
      too_many_files: messages.files.tooMany(maxFilesPerMessage),
      storage_full: messages.files.storageFull,
    };
    // What is no failure of ours is one of reading them.
    return known[reason] ?? (failureOf(error) ? explain(error) : messages.files.unreadable);
  }
}
