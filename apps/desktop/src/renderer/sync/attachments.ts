import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import { maxFilesPerMessage, type File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import { inOrder, shown, type HeldAttachment } from './attachment-order.ts';
import type { Drafts } from './drafts.ts';
import type { UploadRequest } from './file-upload.ts';
import type { Along, Storage, StoredAttachment } from './storage.ts';
import type { Topic } from './topic.ts';
import { Uploads } from './uploads.ts';

/** A file that the person put beside what they write, on its way to the server. */
export type Attachment = {
  /** Made on this device; stays the same for its life. */
  id: Id;
  name: string;
  /** As the system says; empty where it does not know. */
  mediaType: string;
  bytes: number;
  state: 'waiting' | 'uploading' | 'uploaded' | 'failed';
  sentBytes: number;
  /** Once uploaded. */
  file: File | null;
  failure: { code: ErrorCode; reason?: string } | null;
};

/** A name goes in a header; the server cuts it to what is ever shown. */
const maxSentNameLength = 1_000;

export type AttachmentsOptions = {
  storage: Pick<
    Storage,
    'loadAttachments' | 'addAttachments' | 'putAttachments' | 'deleteAttachments' | 'loadBlob'
  >;
  drafts: Pick<Drafts, 'files' | 'setFiles' | 'flush' | 'told'>;
  upload: (request: UploadRequest) => Promise<File>;
  /** The server may forget what it has of an upload. */
  endUpload: (uploadId: Id) => Promise<void>;
  /** The largest file that the server takes, 0 for none; null where that is not known yet. */
  maxFileBytes: () => number | null;
  /** What a message of the outbox takes along has changed. */
  onMessageChange: (nonce: Id) => void;
  onTrouble: (trouble: string, error: unknown) => void;
  topic: Topic;
  newId: () => Id;
  now: () => number;
  random: () => number;
};

/**
 * The files that the person put beside what they write: each is stored before it is shown, uploaded as soon as that
 * is possible, and waits at its place until a message takes it along. Which uploaded ones a draft has is the draft's to
 * know, as other devices have a part in it.
 */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #held = new Map<Id, HeldAttachment>();
  readonly #uploads: Uploads;
  #lastSequence = 0;
  /** Uploaded once more in this run, as the server did not take what was there: one that fails again stays so. */
  readonly #renewed = new Set<Id>();
  /** Adding, one after the other: each has to know how many there are. */
  #adding: Promise<unknown> = Promise.resolve();

  constructor(options: AttachmentsOptions) {
    this.#options = options;
    this.#uploads = new Uploads({
      waiting: () => this.#waiting(),
      loadBlob: (id) => options.storage.loadBlob(id),
      upload: options.upload,
      onStarted: (id) => {
        this.#change(id, { state: 'uploading' });
      },
      onBegun: (id, uploadId) => {
        this.#change(id, { uploadId, ...(uploadId === null && { sentBytes: 0 }) });
        this.#store(id);
      },
      onProgress: (id, sentBytes) => {
        this.#change(id, { sentBytes });
      },
      onDone: (id, file) => {
        this.#done(id, file);
      },
      onFailed: (id, failure) => {
        this.#failed(id, failure);
      },
      random: options.random,
    });
  }

  /** Takes up what earlier runs left at places, and for the messages with these nonces. */
  async load(nonces: ReadonlySet<Id>): Promise<void> {
    const { storage } = this.#options;
    for (const each of inOrder(await storage.loadAttachments())) {
      this.#lastSequence = Math.max(this.#lastSequence, each.sequence);
      if (this.#held.has(each.id)) continue;
      const isOrphan = each.nonce !== null && !nonces.has(each.nonce);
      if (isOrphan && (await storage.loadBlob(each.id)) === null) {
        await storage.deleteAttachments([each.id]);
        continue;
      }
      // The message was not stored, whatever was stored of the file since: it is where it was before.
      this.#hold(isOrphan ? { ...each, nonce: null } : each);
      if (isOrphan) this.#store(each.id);
      // Stored in two steps: how far the draft got by the end of the app is not said.
      if (each.file) this.#settleDraft(each.place);
    }
    this.#uploads.pump();
  }

  /** Those at a place, in their order; of other devices as well, which are not on this one. */
  at(channelId: Id, threadRootId: Id | null): readonly Attachment[] {
    this.#options.topic.read();
    const files = this.#options.drafts.files(channelId, threadRootId);
    return shown(files, this.#placed(placeKey(channelId, threadRootId)));
  }

  /** Those that a message of the outbox takes along, in their order. */
  of(nonce: Id): readonly Attachment[] {
    this.#options.topic.read();
    return shown([], this.#taken(nonce), true);
  }

  /** Whether nothing is to be uploaded that could be. */
  get isIdle(): boolean {
    this.#options.topic.read();
    return this.#waiting().length === 0;
  }

  /** All of them or none; stored once it resolves. */
  add(
    channelId: Id,
    threadRootId: Id | null,
    files: readonly { name: string; blob: Blob }[],
  ): Promise<void> {
    const adding = this.#adding.then(() => this.#add(channelId, threadRootId, files));
    this.#adding = adding.catch(() => undefined);
    return adding;
  }

  /** The person wants it there no more: it is forgotten here and on the server. */
  async detach(channelId: Id, threadRootId: Id | null, id: Id): Promise<void> {
    const { drafts, storage } = this.#options;
    const files = drafts.files(channelId, threadRootId);
    const held = this.#held.get(id);
    const fileId = held ? (held.file?.id ?? null) : id;
    if (held) this.#forget([id]);
    drafts.setFiles(
      channelId,
      threadRootId,
      files.filter((file) => file.id !== fileId),
    );
    drafts.flush();
    // Not before its draft is told of: the server would change that by itself, as if another device had.
    void drafts.told(channelId, threadRootId).then(() => {
      this.endUploads([held?.uploadId ?? fileId ?? []].flat());
    });
    if (held) await storage.deleteAttachments([id]);
  }

  /** Tries again what failed. */
  retry(ids: readonly Id[]): void {
    for (const id of ids) this.#renewed.delete(id);
    const failed = ids.filter((id) => this.#held.get(id)?.state === 'failed');
    for (const id of failed) {
      this.#change(id, { state: 'waiting', failure: null });
      this.#store(id);
    }
    this.#uploads.pump();
  }

  /**
   * What the server has no more is uploaded once more, from what is on this device. Resolves with whether all of the
   * message's files can be had again.
   */
  async renew(nonce: Id): Promise<boolean> {
    const taken = this.#taken(nonce);
    const here = await this.#whoseBytesAreHere(taken);
    if (here.length < taken.length || taken.some(({ id }) => this.#renewed.has(id))) return false;
    this.#beginAnew(here);
    return true;
  }

  /**
   * The server does not take all of the files of a draft: those of this device are uploaded once more. Where that was
   * done already, those of other devices are the ones that are gone, and they are left out.
   */
  async renewAt(channelId: Id, threadRootId: Id | null): Promise<void> {
    const { drafts } = this.#options;
    const own = this.#placed(placeKey(channelId, threadRootId)).filter(({ file }) => file);
    const here = await this.#whoseBytesAreHere(own.filter(({ id }) => !this.#renewed.has(id)));
    this.#beginAnew(here);
    const isOwn = ({ id }: File) => own.some(({ file }) => file?.id === id);
    const isGone = (file: File) =>
      here.length > 0 ? here.some((each) => each.file?.id === file.id) : !isOwn(file);
    const files = drafts.files(channelId, threadRootId);
    drafts.setFiles(
      channelId,
      threadRootId,
      files.filter((file) => !isGone(file)),
    );
  }

  retryMessage(nonce: Id): void {
    this.retry(this.#taken(nonce).map(({ id }) => id));
  }

  /** What is stored on this device; null where only the server has it. */
  blob(id: Id): Promise<Blob | null> {
    return this.#options.storage.loadBlob(id);
  }

  /**
   * A message takes all along that are at a place. Returns them as they are to be stored with it; where that fails,
   * `giveBack` undoes it. None where there are too many for a message: then nothing has changed.
   */
  take(channelId: Id, threadRootId: Id | null, nonce: Id): StoredAttachment[] {
    const { drafts } = this.#options;
    const place = placeKey(channelId, threadRootId);
    const all = this.at(channelId, threadRootId);
    for (const { id, file } of all) {
      const held = this.#held.get(id);
      const sequence = this.#nextSequence();
      if (held) this.#change(id, { nonce, sequence });
      // Of another device: from here on it belongs to the message.
      else if (file) this.#hold({ ...heldFile(file), place, nonce, sequence });
    }
    drafts.setFiles(channelId, threadRootId, []);
    this.#uploads.pump();
    return this.#taken(nonce).map(toStored);
  }

  /** How a message's files are stored once they are back at their place. */
  backAtPlace(nonce: Id): StoredAttachment[] {
    // Before those that came since, as the words of the message come before later ones.
    const taken = this.#taken(nonce);
    const first = Math.min(0, ...[...this.#held.values()].map(({ sequence }) => sequence));
    return taken.map((each, index) => ({
      ...toStored(each),
      nonce: null,
      sequence: first - taken.length + index,
    }));
  }

  /** How a message's files are stored under the nonce of its next attempt. */
  underNonce(nonce: Id, next: Id): StoredAttachment[] {
    return this.#taken(nonce).map((each) => ({ ...toStored(each), nonce: next }));
  }

  /** They are so from now on. */
  apply(changed: readonly StoredAttachment[]): void {
    for (const { id, nonce, sequence } of changed) {
      this.#change(id, { nonce, sequence });
      this.#store(id);
    }
    for (const place of new Set(changed.map((each) => each.place))) this.#settleDraft(place);
    this.#uploads.pump();
  }

  /** The server has the message, or nobody wants it any more. */
  forgetMessage(nonce: Id): void {
    this.#forget(this.#taken(nonce).map(({ id }) => id));
  }

  /** The same before that is stored: what goes with it. */
  goneWith(nonce: Id): Along {
    return { gone: this.#taken(nonce).map(({ id }) => id) };
  }

  /** What the server has of a message, for `endUploads` once nobody wants it any more. */
  uploadsOf(nonce: Id): Id[] {
    return this.#taken(nonce).flatMap(({ uploadId }) => uploadId ?? []);
  }

  /** Throws where a message's files have no room at their place. */
  checkRoomFor(nonce: Id): void {
    const taken = this.#taken(nonce);
    const [channelId, threadRootId = null] = taken[0]?.place.split(':') ?? [];
    if (channelId === undefined) return;
    const there = this.at(channelId, threadRootId).length;
    if (there + taken.length > maxFilesPerMessage) throw tooManyFiles();
  }

  /** A draft has these files no more. Returns the attachments that are gone with them. */
  filesGone(place: string, files: readonly File[]): Id[] {
    const ids = new Set(files.map(({ id }) => id));
    const gone = this.#placed(place).filter(({ file }) => file && ids.has(file.id));
    this.#forget(gone.map(({ id }) => id));
    return gone.map(({ id }) => id);
  }

  /** Those of a place that are not uploaded: the person goes on with what another device has. */
  async dropUnsent(channelId: Id, threadRootId: Id | null): Promise<void> {
    const unsent = this.#unsent(placeKey(channelId, threadRootId));
    if (unsent.length === 0) return;
    const ids = unsent.map(({ id }) => id);
    this.#forget(ids);
    await this.#options.storage.deleteAttachments(ids);
    this.endUploads(unsent.flatMap(({ uploadId }) => uploadId ?? []));
  }

  /** For how many files of a draft there is room beside those that are not uploaded yet. */
  room(channelId: Id, threadRootId: Id | null): number {
    return maxFilesPerMessage - this.#unsent(placeKey(channelId, threadRootId)).length;
  }

  setOnline(online: boolean): void {
    this.#uploads.setOnline(online);
  }

  stop(): void {
    this.#uploads.stop();
  }

  async #add(
    channelId: Id,
    threadRootId: Id | null,
    files: readonly { name: string; blob: Blob }[],
  ): Promise<void> {
    const { storage, maxFileBytes, newId } = this.#options;
    if (this.at(channelId, threadRootId).length + files.length > maxFilesPerMessage) {
      throw tooManyFiles();
    }
    const max = maxFileBytes();
    if (max !== null && files.some(({ blob }) => max === 0 || blob.size > max)) {
      throw new ParleyError('too_large', 'The server takes no files of this size.', {
        reason: 'file_too_large',
      });
    }
    const added = files.map(({ name, blob }) => ({
      blob,
      attachment: {
        id: newId(),
        place: placeKey(channelId, threadRootId),
        nonce: null,
        sequence: this.#nextSequence(),
        name: name.slice(0, maxSentNameLength),
        mediaType: blob.type,
        bytes: blob.size,
        uploadId: null,
        file: null,
        failure: null,
      },
    }));
    await storage.addAttachments(added);
    for (const { attachment } of added) this.#hold(attachment);
    this.#uploads.pump();
  }

  async #whoseBytesAreHere(list: readonly HeldAttachment[]): Promise<HeldAttachment[]> {
    const blobs = await Promise.all(list.map(({ id }) => this.#options.storage.loadBlob(id)));
    return list.filter(({ id }, index) => blobs[index] && this.#held.has(id));
  }

  #beginAnew(list: readonly HeldAttachment[]): void {
    for (const { id } of list) {
      this.#renewed.add(id);
      this.#change(id, { state: 'waiting', uploadId: null, file: null, sentBytes: 0 });
      this.#store(id);
    }
    this.#uploads.pump();
  }

  #done(id: Id, file: File): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#change(id, { state: 'uploaded', file, uploadId: file.id, sentBytes: held.bytes });
    this.#store(id);
    if (held.nonce === null) this.#settleDraft(held.place);
  }

  #failed(id: Id, error: ParleyError | null): void {
    if (error === null) {
      this.#change(id, { state: 'waiting' });
      return;
    }
    const { code, reason } = error;
    this.#change(id, {
      state: 'failed',
      failure: { code, ...(reason !== undefined && { reason }) },
    });
    this.#store(id);
    this.#options.onTrouble('a file could not be uploaded', error);
  }

  /** The draft of a place has those files that are uploaded and not taken along, where they belong. */
  #settleDraft(place: string): void {
    const [channelId = place, threadRootId = null] = place.split(':');
    const { drafts } = this.#options;
    const taken = new Set(
      [...this.#held.values()].flatMap(({ nonce, file }) =>
        nonce !== null && file ? [file.id] : [],
      ),
    );
    const known = drafts.files(channelId, threadRootId).filter(({ id }) => !taken.has(id));
    const files = shown(known, this.#placed(place), true).flatMap(({ file }) => file ?? []);
    drafts.setFiles(channelId, threadRootId, files);
  }

  #placed(place: string): HeldAttachment[] {
    const held = [...this.#held.values()];
    return inOrder(held.filter((each) => each.nonce === null && each.place === place));
  }

  #taken(nonce: Id): HeldAttachment[] {
    return inOrder([...this.#held.values()].filter((each) => each.nonce === nonce));
  }

  #unsent(place: string): HeldAttachment[] {
    return this.#placed(place).filter(({ file }) => file === null);
  }

  /** Those of messages first: somebody waits for them. */
  #waiting(): HeldAttachment[] {
    const open = [...this.#held.values()].filter(
      ({ state }) => state === 'waiting' || state === 'uploading',
    );
    const isTaken = ({ nonce }: HeldAttachment) => nonce !== null;
    return [...inOrder(open.filter(isTaken)), ...inOrder(open.filter((each) => !isTaken(each)))];
  }

  #nextSequence(): number {
    // By the clock where it goes on, as with messages: what another run left comes before.
    this.#lastSequence = Math.max(this.#lastSequence + 1, this.#options.now());
    return this.#lastSequence;
  }

  #hold(stored: StoredAttachment): void {
    const state = stored.file ? 'uploaded' : stored.failure ? 'failed' : 'waiting';
    this.#held.set(stored.id, { ...stored, state, sentBytes: stored.file ? stored.bytes : 0 });
    this.#told(stored.nonce);
  }

  #change(id: Id, change: Partial<HeldAttachment>): void {
    const held = this.#held.get(id);
    if (!held) return;
    const next = { ...held, ...change };
    this.#held.set(id, next);
    this.#told(next.nonce);
  }

  #forget(ids: readonly Id[]): void {
    for (const id of ids) {
      this.#held.delete(id);
      this.#uploads.cancel(id);
    }
    if (ids.length > 0) this.#options.topic.changed();
  }

  #told(nonce: Id | null): void {
    this.#options.topic.changed();
    if (nonce !== null) this.#options.onMessageChange(nonce);
  }

  #store(id: Id): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#options.storage.putAttachments([toStored(held)]).catch((error: unknown) => {
      // The next run uploads it once more.
      this.#options.onTrouble('how far a file got could not be stored', error);
    });
  }

  /** What nobody wants is not left with the server; where it cannot be told, it finds out by itself. */
  endUploads(uploadIds: readonly Id[]): void {
    for (const uploadId of uploadIds) {
      this.#options.endUpload(uploadId).catch((error: unknown) => {
        this.#options.onTrouble('the server keeps a file that nobody wants', error);
      });
    }
  }
}

export function tooManyFiles(): ParleyError {
  return new ParleyError('conflict', `A message has at most ${maxFilesPerMessage} files.`, {
    reason: 'too_many_files',
  });
}

function toStored({ state: _, sentBytes: __, ...stored }: HeldAttachment): StoredAttachment {
  return stored;
}

function heldFile(file: File): Omit<StoredAttachment, 'place' | 'nonce' | 'sequence'> {
  const { id, name, mediaType, bytes } = file;
  return { id, name, mediaType, bytes, uploadId: id, file, failure: null };
}
