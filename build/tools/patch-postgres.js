/**
 * Repairs the database driver after `npm ci`. postgres 3.4.9 mishandles a connection that is lost in the middle of a
 * transaction: it writes to the socket that is gone, which ends the process (porsager/postgres#1154, #1208); it leaves
 * a write pending, after which the connection never sends again; and it runs what is left of the transaction on the
 * next connection, outside of any transaction (#1155). One that is lost while it asks for the types of arrays leaves
 * a rejection that nobody handles, which ends the process too. And a result that breaks off is counted on from there: the
 * first row of the next result is then not there. What is asked between a socket's error and its end, which comes a moment
 * later, is never settled. And where the server ends a connection on which something runs, the next connection's first
 * question fails with the words that were meant for that. Plain JavaScript, for any Node.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../node_modules/postgres/src');

const repairs = [
  {
    file: 'connection.js',
    before: `    if (terminated)
      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))

    if (stream)`,
    after: `    if (terminated)
      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))

    if (!socket)
      return queryError(q, Errors.connection('CONNECTION_CLOSED', options)), true

    if (stream)`,
  },
  {
    file: 'connection.js',
    before: `    clearImmediate(nextWriteTimer)
    if (socket) {`,
    after: `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    if (socket) {`,
  },
  {
    file: 'connection.js',
    before: `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
    after: `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)`,
  },
  {
    file: 'connection.js',
    before: `        return fetchArrayTypes()
`,
    after: `        return fetchArrayTypes().catch(noop)
`,
  },
  {
    file: 'connection.js',
    before: `    query = results = errorResponse = null
    result = new Result()
    connectTimer.cancel()`,
    after: `    rows = 0
    query = results = errorResponse = null
    result = new Result()
    connectTimer.cancel()`,
  },
  {
    file: 'connection.js',
    before: `    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
    after: `    if (query || sent.length)
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = results = errorResponse = null
    result = new Result()
`,
  },
  {
    file: 'index.js',
    before: `    let savepoints = 0
      , connection
      , prepare = null
`,
    after: `    let savepoints = 0
      , connection
      , lost = null
      , prepare = null
`,
  },
  {
    file: 'index.js',
    before: `        new Promise((_, reject) => connection.onclose = reject)`,
    after: `        new Promise((_, reject) => connection.onclose = error => {
          lost = error
          while (queries.length)
            queries.shift().reject(error)
          reject(error)
        })`,
  },
  {
    file: 'index.js',
    before: `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full`,
    after: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)
        c.queue === full`,
  },
];

for (const { file, before, after } of repairs) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (text.includes(after)) continue;
  if (text.split(before).length !== 2) {
    throw new Error(`${path} is not the driver that this repairs: see what it needs by now.`);
  }
  // A new file, for npm may have linked the old one to a store that others use too.
  writeFileSync(
    `${path}.repaired`,
    text.replace(before, () => after),
  );
  renameSync(`${path}.repaired`, path);
}
