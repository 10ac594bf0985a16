/** What an icon tells of a file. */
export type FileKind =
  | 'image'
  | 'video'
  | 'audio'
  | 'archive'
  | 'sheet'
  | 'slides'
  | 'document'
  | 'text'
  | 'code'
  | 'other';

const byEnding: Readonly<Record<string, FileKind>> = Object.fromEntries(
  (
    [
      ['image', 'png jpg jpeg gif webp avif svg heic tif tiff bmp psd ai'],
      ['video', 'mp4 mov mkv webm avi m4v'],
      ['audio', 'mp3 wav ogg flac m4a opus aac'],
      ['archive', 'zip gz tgz tar bz2 xz 7z rar zst dmg iso'],
      ['sheet', 'xls xlsx ods csv tsv numbers'],
      ['slides', 'ppt pptx odp key'],
      ['document', 'pdf doc docx odt rtf pages epub'],
      ['text', 'txt md log'],
      [
        'code',
        'js ts jsx tsx svelte json xml html css py rb go rs java c h cpp cs sh sql yml yaml',
      ],
    ] satisfies [FileKind, string][]
  ).flatMap(([kind, endings]) => endings.split(' ').map((ending) => [ending, kind])),
);

/** Of what kind a file is: by what the server found in it, else by the ending of its name. */
export function fileKind({ name, mediaType }: { name: string; mediaType: string }): FileKind {
  const [type = '', subtype = ''] = mediaType.split('/');
  if (type === 'image' || type === 'video' || type === 'audio') return type;
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (Object.hasOwn(byEnding, ending)) return byEnding[ending] ?? 'other';
  if (type === 'text') return 'text';
  if (subtype === 'pdf') return 'document';
  return subtype === 'zip' ? 'archive' : 'other';
}

/** What Chromium draws as a picture, and runs nothing of. */
const drawn = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
/** Beyond these a picture costs more memory than a page has to spare; the server may say anything. */
const maxDrawnPixels = 100_000_000;
const maxDrawnBytes = 64_000_000;

type Described = {
  mediaType: string;
  bytes: number;
  width: number | null;
  height: number | null;
  hasThumbnail: boolean;
};

/** Whether a file is shown as a picture, with a room of its own size; all others are cards. */
export function isPicture<T extends Described>(
  file: T,
): file is T & { width: number; height: number } {
  const { mediaType, bytes, width, height, hasThumbnail } = file;
  if (!drawn.has(mediaType) || !hasThumbnail || width === null || height === null) return false;
  return width * height <= maxDrawnPixels && bytes <= maxDrawnBytes;
}

/** Whether a file that is on this device, and was said to be of this type, can be shown small. */
export function isDrawable(mediaType: string): boolean {
  return drawn.has(mediaType);
}
