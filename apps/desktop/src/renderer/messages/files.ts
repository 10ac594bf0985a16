import type { File } from '@parley/shared/protocol/file.ts';
import { fileSize } from '../ui/files/file-size.ts';
import { shownName } from '../ui/files/file-name.ts';
import { listed, plural } from './plural.ts';

type Described = Pick<File, 'name' | 'mediaType'>;

/** `report.pdf`, `a photo`, `3 photos`, `2 files`. */
function filesNamed(files: readonly Described[]): string {
  const [first] = files;
  const arePhotos = files.every(({ mediaType }) => mediaType.startsWith('image/'));
  if (files.length === 1 && first) return arePhotos ? 'a photo' : shownName(first.name);
  return arePhotos
    ? plural(files.length, 'photo', 'photos')
    : plural(files.length, 'file', 'files');
}

/** What a message says to whoever does not see it: its words, or else what was sent. */
export function saidIn(plain: string, files: readonly Described[]): string {
  return plain === '' && files.length > 0 ? `Sent ${filesNamed(files)}` : plain;
}

/** The same for those who hear a message instead of seeing it, and what is beside the words. */
export function heardIn(plain: string, files: readonly Described[]): string {
  if (plain === '' || files.length === 0) return saidIn(plain, files);
  return `${plain} (with ${filesNamed(files)})`;
}

const failures: Readonly<Record<string, string>> = {
  file_too_large: 'It is too large.',
  storage_full: 'The server has no room for it. Tell those who run it.',
  no_files: 'This server takes no files.',
  too_many_uploads: 'You have too many files that are not sent yet. Send or remove some.',
  too_many_bytes: 'Your files that are not sent yet are too large together. Send or remove some.',
  file_lost: 'It is on this device no more. Attach it again.',
  not_found: 'It is gone from the server. Attach it again.',
  forbidden: 'You may not send files here.',
  unauthenticated: 'You are not signed in any more.',
  rate_limited: 'Too many files in a short time. Wait a moment.',
  unavailable: 'The server cannot be reached.',
  internal: 'Something went wrong on the server.',
};

export const fileMessages = {
  files: {
    attach: 'Attach files',
    list: 'Files to send',
    remove: (name: string) => `Remove ${shownName(name)}`,
    cancel: (name: string) => `Cancel ${shownName(name)}`,
    retry: (name: string) => `Retry ${shownName(name)}`,
    tryAgain: 'Retry',
    progress: (name: string) => `Uploading ${shownName(name)}`,
    waiting: 'Waiting',
    /** `part` from 0 to 1. */
    underWay: (bytes: number, part: number) => `${fileSize(bytes)} · ${Math.round(part * 100)} %`,
    failed: (failure: { code: string; reason?: string | undefined }) =>
      failures[failure.reason ?? ''] ?? failures[failure.code] ?? 'It could not be uploaded.',
    attached: (count: number) => `${plural(count, 'file', 'files')} attached`,
    couldNot: (name: string, why: string) => `${shownName(name)} was not uploaded. ${why}`,
    pasted: (day: string, time: string) => `Image ${day} ${time}`,
    drop: (place: string) => `Drop files to send them to ${place}`,
    dropReply: 'Drop files to send them as a reply',
    dropText: 'Nothing is sent until you send the message.',
    folder: 'Folders cannot be sent. Pack it into an archive, or choose the files in it.',
    tooMany: (most: number) =>
      `A message takes up to ${most} files. Send some of them in another message.`,
    noRoomBack: (most: number) =>
      `A message takes up to ${most} files. Send or remove some of those in the field first.`,
    leftOut: (names: readonly string[], most: number) =>
      `A message takes up to ${most} files. Left out: ${listed(names.map(shownName))}.`,
    tooLarge: (names: readonly string[], most: number) =>
      `${listed(names.map(shownName))} ${names.length === 1 ? 'is' : 'are'} larger than ${fileSize(most)}, the most that this server takes. Make it smaller, or share a link to it.`,
    anyTooLarge: 'This is larger than the server takes. Make it smaller, or share a link to it.',
    storageFull:
      'This device has no room to keep the files until they are sent. Free some space and attach them again.',
    unreadable:
      'The files could not be read. They may have been moved or deleted; attach them again.',
    storeFailed:
      'The message could not be stored on this device. It is still in the field, with its files.',
    otherHas: (names: readonly string[]) => `With ${listed(names.map(shownName))}`,
    size: fileSize,
    download: (name: string) => `Download ${shownName(name)}`,
    downloading: (name: string) => `Downloading ${shownName(name)}`,
    downloadOne: 'Download',
    downloadAll: 'Download all files',
    downloadFailed: (name: string, why: string) => `${shownName(name)} was not downloaded. ${why}`,
    saved: (name: string) => `${shownName(name)} was saved in your downloads.`,
    notSaved: (name: string) =>
      `${shownName(name)} could not be saved in your downloads. Look whether there is room, then try again.`,
    showInFolder: 'Show in folder',
    delete: 'Delete file…',
    deleteNamed: (name: string) => `Delete ${shownName(name)}…`,
    deleteTitle: (name: string) => `Delete ${shownName(name)}?`,
    deleteText: 'It disappears for everybody, and cannot be brought back. The message stays.',
    deleteLast:
      'It disappears for everybody, and cannot be brought back. The message goes with it, for it says nothing else.',
    deleteConfirm: 'Delete file',
    sentFiles: 'Files',
    open: (name: string) => `Open ${shownName(name)}`,
    openMore: (name: string, more: number) =>
      `Open ${shownName(name)} and ${plural(more, 'more image', 'more images')}`,
    more: (count: number) => `+${count}`,
    notShown: 'The image could not be loaded.',
    noText: 'Only files',
    panelTab: 'Files',
    panelEmpty: 'No files yet',
    panelEmptyText: 'What is sent here will be found in this list.',
    panelFailed: 'The files could not be loaded.',
    jump: (name: string) => `Show the message with ${shownName(name)}`,
    sentBy: (who: string, when: string) => `${who} · ${when}`,
  },
  viewer: {
    title: 'Image',
    position: (at: number, of: number) => `${at} of ${of}`,
    previous: 'Previous image',
    next: 'Next image',
    actualSize: 'Actual size',
    fit: 'Fit to the window',
    failed: 'The image could not be loaded at its full size.',
  },
} as const;
