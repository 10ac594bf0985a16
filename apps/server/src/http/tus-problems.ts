import { ERRORS } from '@tus/server';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import { toParleyError } from '../commands/run-command.ts';

type Words = [code: ErrorCode, message: string, reason?: string];

const tooLong: Words = ['too_large', 'More came than Upload-Length says.', 'upload_too_long'];
const gone: Words = ['not_found', 'There is no such file.'];

/** What the package for tus refuses, in words of ours. */
const refused = new Map<unknown, Words>([
  [ERRORS.MISSING_OFFSET, ['invalid_input', 'Upload-Offset: must be there.']],
  [
    ERRORS.INVALID_CONTENT_TYPE,
    ['invalid_input', 'Content-Type: must be application/offset+octet-stream.'],
  ],
  [
    ERRORS.INVALID_LENGTH,
    ['invalid_input', 'Upload-Length: must be there once, with the bytes of the whole file.'],
  ],
  [
    ERRORS.INVALID_METADATA,
    ['invalid_input', 'Upload-Metadata: must be keys with their values in base64, by commas.'],
  ],
  [
    ERRORS.UNSUPPORTED_CREATION_DEFER_LENGTH_EXTENSION,
    ['invalid_input', 'Upload-Length: must be known when the upload begins, and not change.'],
  ],
  [
    ERRORS.UNSUPPORTED_CONCATENATION_EXTENSION,
    ['invalid_input', 'Upload-Concat: a file is one upload here. Leave it out.'],
  ],
  [ERRORS.FILE_NOT_FOUND, gone],
  [ERRORS.FILE_NO_LONGER_EXISTS, gone],
  [
    ERRORS.INVALID_OFFSET,
    ['conflict', 'The upload is elsewhere. Ask with HEAD how far it is.', 'wrong_offset'],
  ],
  [ERRORS.ERR_SIZE_EXCEEDED, tooLong],
  [
    ERRORS.ABORTED,
    [
      'unavailable',
      'The upload broke off. Ask with HEAD how far it is, and go on there.',
      'upload_busy',
    ],
  ],
]);

/** What went wrong with a request of tus, as the protocol of Parley says it. */
export function tusProblem(error: unknown): ParleyError {
  const words = refused.get(error) ?? (isTooLong(error) ? tooLong : null);
  if (!words) return toParleyError(error);
  const [code, message, reason] = words;
  return new ParleyError(code, message, { reason, cause: error });
}

/** A stream that brought more than it may, which the package says with an error of its own kind. */
function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'status_code' in error && error.status_code === 413;
}

/** What the package refuses before it looks at the upload. */
export function headerProblem(): ParleyError {
  const message = 'The headers are not as tus 1.0.0 has them (https://tus.io).';
  return new ParleyError('invalid_input', message, { reason: 'tus_headers' });
}

/** What a program is told that speaks another protocol, or none. */
export function versionProblem(): ParleyError {
  return new ParleyError('invalid_input', 'Tus-Resumable: must be 1.0.0.', {
    reason: 'tus_version',
  });
}
