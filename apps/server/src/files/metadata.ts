import { Metadata } from '@tus/server';
import { ParleyError } from '@parley/shared/protocol/errors.ts';

/** Characters of `Upload-Metadata`: a name and a type, however they are written. */
const maxMetadataLength = 4_096;

/** What a program declares of an upload, where it does. */
export type DeclaredFacts = { name: string; mediaType: string };

/** Reads `Upload-Metadata` as it was kept or, with `assertMetadata`, as it comes. */
export function declaredIn(metadata: string): DeclaredFacts {
  const values = metadata === '' ? {} : Metadata.parse(metadata);
  return {
    name: values.filename ?? values.name ?? '',
    mediaType: values.filetype ?? values.type ?? '',
  };
}

/** Throws where it is too long to be kept; whether it can be read the protocol's own checks tell. */
export function assertMetadata(metadata: string): void {
  if (metadata.length <= maxMetadataLength) return;
  throw new ParleyError(
    'invalid_input',
    `Upload-Metadata: must have at most ${maxMetadataLength} characters.`,
  );
}
