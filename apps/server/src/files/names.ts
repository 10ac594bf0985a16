import { maxFileNameLength } from '@parley/shared/protocol/file.ts';
import { codePointLength } from '@parley/shared/protocol/plain-text.ts';

/** Longer endings are none: they are cut like the rest of the name. */
const maxEndingLength = 16;
/** What file systems take, less the `-12` that a browser may add: they count bytes, not characters. */
const maxNameBytes = 240;
const withoutName = 'file';

const lineBreaks = /[\t-\r\u0085\u2028\u2029]+/g;
/** Controls, what turns the direction of text, what is not seen, and half characters. */
const unfit = /[\p{Cc}\p{Cf}\p{Surrogate}\p{Default_Ignorable_Code_Point}]/gu;
/** What Windows does not take in a name. */
const forbidden = /[<>:"|?*]/g;
/** Devices of Windows, whatever ending they have. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=[ .]|$)/i;

/** A name to save a file under, on any system, made of what somebody's program calls it. */
export function fileNameFrom(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const oneLine = last.replace(lineBreaks, ' ').replace(unfit, '').replace(/\s+/g, ' ');
  const trimmed = withoutEdges(oneLine.normalize('NFC').replace(forbidden, '_'));
  if (trimmed === '') return withoutName;
  return cut(reserved.test(trimmed) ? `_${trimmed}` : trimmed);
}

/** Windows drops spaces and dots at the end, and a name that begins with a dot is hidden elsewhere. */
function withoutEdges(name: string): string {
  return name.replace(/^[ .]+/, (edge) => (edge.includes('.') ? '_' : '')).replace(/[ .]+$/, '');
}

function cut(name: string): string {
  if (fits(name)) return name;
  const dot = name.lastIndexOf('.');
  const ending =
    dot > 0 && codePointLength(name.slice(dot)) <= maxEndingLength ? name.slice(dot) : '';
  const stem = Array.from(name.slice(0, name.length - ending.length)).slice(0, maxFileNameLength);
  while (stem.length > 1 && !fits(stem.join('') + ending)) stem.pop();
  return withoutEdges(stem.join('')) + ending;
}

function fits(name: string): boolean {
  return codePointLength(name) <= maxFileNameLength && Buffer.byteLength(name) <= maxNameBytes;
}
