import type { CreateSubscriber } from './topic.ts';

/**
 * Makes reads of a client reactive: a version that rises with each change, and that whoever reads depends on.
 * Unlike `createSubscriber` of svelte/reactivity it makes no effect for each read, of which a screen of messages
 * has thousands; topics live as long as what they belong to, so there is nothing to end.
 */
export const reactive: CreateSubscriber = (start) => {
  let version = $state(0);
  start(() => {
    version += 1;
  });
  return () => version;
};
