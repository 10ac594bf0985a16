import type { UpdateFailureCode } from '../../bridge/updates.ts';

/** Why an update did not come about. The message is for the log; people read what the code stands for. */
export class UpdateFailure extends Error {
  override readonly name = 'UpdateFailure';
  readonly code: UpdateFailureCode;

  constructor(code: UpdateFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
