import { timestamp, uuid } from 'drizzle-orm/pg-core';

/** A moment with the protocol's precision. */
export function moment(name: string) {
  return timestamp(name, { precision: 3, withTimezone: true, mode: 'date' });
}

/** A UUIDv7 made by this server, so that rows lie in the order of their making. */
export function id(name = 'id') {
  return uuid(name);
}
