import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

const at = '2026-03-02T09:00:00.000Z';

/** What a server says of a file that is there. */
export function aFile(id: Id, change: Partial<File> = {}): File {
  return {
    id,
    name: `${id}.txt`,
    mediaType: 'text/plain',
    bytes: 3,
    width: null,
    height: null,
    blurhash: null,
    hasThumbnail: false,
    uploadedBy: id,
    createdAt: at,
    ...change,
  };
}
