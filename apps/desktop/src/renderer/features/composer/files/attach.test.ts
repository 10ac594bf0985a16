import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { beforeEach, expect, it } from 'vitest';
import { idOf } from '../../../../../../../packages/shared/test/entities.ts';
import { fileMessages } from '../../../messages/files.ts';
import type { Attachment } from '../../../sync/attachments.ts';
import { attachGiven } from './attach.ts';
import type { NamedBlob } from './intake.ts';

const words = fileMessages.files;
const place = { channelId: idOf(1), threadRootId: null };

let attached: string[];
let there: Attachment[];
let refusal: Error | null;
let maxFileBytes: number | null;

beforeEach(() => {
  attached = [];
  there = [];
  refusal = null;
  maxFileBytes = 10;
});

const client = {
  get maxFileBytes() {
    return maxFileBytes;
  },
  attachments: () => there,
  attach: (_channelId: string, _threadRootId: string | null, files: readonly NamedBlob[]) => {
    if (refusal !== null) return Promise.reject(refusal);
    attached.push(...files.map(({ name }) => name));
    return Promise.resolve();
  },
};
const named = (name: string, bytes = 1): NamedBlob => ({
  name,
  blob: new Blob([new Uint8Array(bytes)]),
});
const give = (files: NamedBlob[], hasFolders = false) =>
  attachGiven(client, place, { files, hasFolders });

it('attaches what fits, and names what does not', async () => {
  const told = await give([named('film.mov', 11), named('note.txt', 10)]);
  expect(attached).toEqual(['note.txt']);
  expect(told).toEqual([words.tooLarge(['film.mov'], 10)]);
  maxFileBytes = null;
  expect(await give([named('film.mov', 11)])).toEqual([]);
  expect(attached).toEqual(['note.txt', 'film.mov']);
});

it('takes none where together they are more than a message may have', async () => {
  there = Array.from({ length: 9 }, (_, index) => ({
    ...{ id: idOf(index), name: 'a', mediaType: '', bytes: 1, state: 'waiting', sentBytes: 0 },
    ...{ file: null, failure: null },
  }));
  expect(await give([named('a'), named('b')])).toEqual([words.tooMany(10)]);
  expect(attached).toEqual([]);
  expect(await give([named('a')])).toEqual([]);
});

it('says what to do where the device keeps no more, and where a file cannot be read', async () => {
  refusal = new ParleyError('conflict', 'full', { reason: 'storage_full' });
  expect(await give([named('a')])).toEqual([words.storageFull]);
  refusal = new DOMException('gone', 'NotReadableError');
  expect(await give([named('a')])).toEqual([words.unreadable]);
});

it('refuses folders with words, and takes the files beside them', async () => {
  expect(await give([named('a')], true)).toEqual([words.folder]);
  expect(attached).toEqual(['a']);
});
