import { config } from 'zod';

/**
 * zod would try once whether it may make functions of text. The page's policy forbids it, and to report that, Chromium
 * reads the whole script a second time, for the line. Comes before anything that has a schema.
 */
config({ jitless: true });
