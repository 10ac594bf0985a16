import type { File } from '@parley/shared/protocol/file.ts';
import type { Attachment } from './attachments.ts';
import type { StoredAttachment } from './storage.ts';

/** An attachment as this run of the app knows it. */
export type HeldAttachment = StoredAttachment & Pick<Attachment, 'state' | 'sentBytes'>;

export function inOrder<Each extends { sequence: number }>(list: readonly Each[]): Each[] {
  return [...list].sort((one, other) => one.sequence - other.sequence);
}

/**
 * The files of a draft, with those beside them that are on this device alone: each before the first that was put there
 * after it. `held` is in order. What is uploaded is there where the draft has it; with `allUploaded`, in any case.
 */
export function shown(
  files: readonly File[],
  held: readonly HeldAttachment[],
  allUploaded = false,
): Attachment[] {
  const byFile = new Map(held.flatMap((each) => (each.file ? [[each.file.id, each]] : [])));
  const list: { attachment: Attachment; sequence: number }[] = files.map((file) => {
    const own = byFile.get(file.id);
    return { attachment: own ? toShown(own) : ofFile(file), sequence: own?.sequence ?? -Infinity };
  });
  const known = new Set(files.map(({ id }) => id));
  for (const each of held) {
    if (each.file && (known.has(each.file.id) || !allUploaded)) continue;
    const next = list.findIndex(({ sequence }) => sequence > each.sequence);
    const entry = { attachment: toShown(each), sequence: each.sequence };
    list.splice(next === -1 ? list.length : next, 0, entry);
  }
  return list.map(({ attachment }) => attachment);
}

function toShown(held: HeldAttachment): Attachment {
  const { id, name, mediaType, bytes, state, sentBytes, file, failure } = held;
  return { id, name, mediaType, bytes, state, sentBytes, file, failure };
}

/** Of another device. */
function ofFile(file: File): Attachment {
  const { id, name, mediaType, bytes } = file;
  return {
    id,
    name,
    mediaType,
    bytes,
    state: 'uploaded',
    sentBytes: bytes,
    file,
    failure: null,
  };
}
