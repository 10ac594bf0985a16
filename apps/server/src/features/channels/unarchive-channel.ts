import { write } from '../handler.ts';
import { setArchived } from './archive.ts';

/** Opens an archived channel again. */
export const unarchiveChannel = write('channel.unarchive', (context, { channelId }) =>
  setArchived(context, channelId, null),
);
