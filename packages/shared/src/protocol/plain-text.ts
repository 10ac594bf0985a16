import { z } from 'zod';
import { isOneEmoji } from '../text/emoji.ts';

const loneSurrogate = /\p{Surrogate}/u;
/** C0 and C1 controls, line and paragraph separators, and everything that overrides the direction of text. */
const unfitForNames = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/u;

/** What takes no room on the screen: spaces, joiners, fillers, selectors of variants. */
const invisible = /[\s\p{Default_Ignorable_Code_Point}]/gu;

/** Whether any character of it can be seen. */
export function isVisible(text: string): boolean {
  return text.replace(invisible, '') !== '';
}

/** Number of Unicode code points, which is what every length limit of the protocol counts. */
export function codePointLength(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

type TextLimits = { min?: number; max: number };

function limited({ min = 0, max }: TextLimits) {
  return (
    z
      .string()
      // A cheap bound first, so that no check below walks through megabytes.
      .max(max * 2, { error: `must have at most ${max} characters`, abort: true })
      .refine((text) => !text.includes('\0'), { error: 'must not contain NUL' })
      .refine((text) => !loneSurrogate.test(text), {
        error: 'must not contain lone surrogates',
      })
      .overwrite((text) => text.normalize('NFC'))
      .refine((text) => codePointLength(text) <= max, {
        error: `must have at most ${max} characters`,
      })
      .refine((text) => min === 0 || codePointLength(text.replace(invisible, '')) >= min, {
        error: min === 1 ? 'must not be empty' : `must have at least ${min} characters`,
      })
      .meta({ minLength: min, maxLength: max })
  );
}

/** Text of several lines: NFC, no NUL, no lone surrogates; limits in code points. */
export function multiLine(limits: TextLimits) {
  return limited(limits);
}

/** Text of one line without controls and direction overrides, trimmed: what a name or a title may be. */
export function singleLine(limits: TextLimits) {
  return limited(limits)
    .overwrite((text) => text.trim())
    .refine((text) => !unfitForNames.test(text), {
      error: 'must not contain control or direction characters',
    });
}

const customEmoji = /^:[a-z0-9_+-]{1,60}:$/;

/** One emoji as Unicode recommends for interchange (with skin tones and joiners), or the `:name:` of a custom one. */
export const Emoji = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isOneEmoji(text) || customEmoji.test(text), {
    error: 'must be one emoji or :name:',
  })
  .meta({ id: 'Emoji', description: 'One emoji character, or :name: of a custom one' });

/** An emoji as a client is told of it: it may be newer than the client's own tables. */
export const ShownEmoji = z.string().min(1).max(64);
