import { write } from '../handler.ts';
import { setArchived } from './archive.ts';

/** Makes a channel read-only. */
export const archiveChannel = write('channel.archive', (context, { channelId }) =>
  setArchived(context, channelId, context.now),
);
