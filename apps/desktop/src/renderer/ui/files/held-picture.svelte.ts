/** A picture that is wanted on screen. */
export type Picture = {
  /** An address of this page's own; null until the bytes are there. */
  readonly url: string | null;
  readonly failed: boolean;
};

/** What is kept of a picture while somebody holds it, and a while after. */
export class HeldPicture implements Picture {
  url = $state<string | null>(null);
  failed = $state(false);
  bytes = 0;
  holders = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  isAsked = false;
}
