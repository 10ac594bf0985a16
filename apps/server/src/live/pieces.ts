import type { Version } from './prepared-event.ts';

/** A frame comes whole or not at all: on a slow line large ones would never come. */
const pieceBytes = 256 * 1024;

export type Piece = { versions: Version[]; position: number };

/** What a reader gets of a page that ends at `position`, in frames of moderate size. */
export function* pieces(versions: Iterable<Version>, position: number): Generator<Piece> {
  let piece: Version[] = [];
  let bytes = 0;
  for (const version of versions) {
    if (bytes > pieceBytes) {
      yield { versions: piece, position: version.event.position - 1 };
      piece = [];
      bytes = 0;
    }
    piece.push(version);
    bytes += version.json.length;
  }
  yield { versions: piece, position };
}
