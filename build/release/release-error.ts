/** What the person at the command line did wrong or has to do; shown without a stack trace. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
}
