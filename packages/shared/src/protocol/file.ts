import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';

/** More files of one message than these are refused. */
export const maxFilesPerMessage = 10;

/** A file's name has at most so many code points; a longer one is cut before its ending. */
export const maxFileNameLength = 200;

export const File = z
  .object({
    id: Id,
    name: z.string().meta({ description: 'One line without a path, fit to be saved under' }),
    mediaType: z
      .string()
      .meta({ description: 'By its content; application/octet-stream where that says nothing' }),
    bytes: z.int().min(0),
    width: z.int().min(1).nullable().meta({ description: 'Of an image, as it is shown upright' }),
    height: z.int().min(1).nullable(),
    blurhash: z
      .string()
      .nullable()
      .meta({ description: 'What an image looks like from afar: https://blurha.sh' }),
    hasThumbnail: z.boolean(),
    uploadedBy: Id,
    createdAt: Timestamp,
  })
  .meta({ id: 'File' });
export type File = z.infer<typeof File>;

/** The files that a message or a draft takes along, in their order, none of them twice. */
export const FileIds = z
  .array(Id)
  .max(maxFilesPerMessage)
  .refine((ids) => new Set(ids).size === ids.length, { error: 'must not name a file twice' });

/** What a linked page says of itself. */
export const Preview = z
  .object({
    url: z.string(),
    title: z.string(),
    description: z.string(),
    siteName: z.string(),
    imageFileId: Id.nullable(),
  })
  .meta({ id: 'Preview' });
export type Preview = z.infer<typeof Preview>;
