import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';

export const File = z
  .object({
    id: Id,
    name: z.string(),
    mediaType: z.string(),
    bytes: z.int().min(0),
    width: z.int().min(1).nullable(),
    height: z.int().min(1).nullable(),
    blurhash: z.string().nullable(),
    hasThumbnail: z.boolean(),
    uploadedBy: Id,
    createdAt: Timestamp,
  })
  .meta({ id: 'File' });
export type File = z.infer<typeof File>;

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
