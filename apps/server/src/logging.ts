import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';

const maxCauses = 5;

/**
 * An error as the log may hold it. The database's errors carry the values of the query, which are people's words,
 * addresses and password hashes; none of that is taken over, only what was asked for and where.
 */
function loggableError(error: unknown, causes = maxCauses): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const query = 'query' in error && 'params' in error ? String(error.query) : null;
  return {
    type: error.constructor.name,
    message: query === null ? error.message : `Failed query: ${query}`,
    ...('code' in error && { code: error.code }),
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(error.cause !== undefined &&
      causes > 0 && { cause: loggableError(error.cause, causes - 1) }),
  };
}

/** The server's log: lines of JSON. */
export function createLog(level: LoggerOptions['level'], destination: DestinationStream): Logger {
  const serializers = { err: (error: unknown) => loggableError(error) };
  return pino({ ...(level !== undefined && { level }), serializers }, destination);
}
