import { DrizzleQueryError } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createLog } from './logging.ts';

function lineOf(error: unknown): string {
  const lines: string[] = [];
  createLog('info', { write: (line) => lines.push(line) }).error({ err: error }, 'it failed');
  return lines.join('');
}

it('says which query failed and why, without a word of what people wrote', () => {
  const cause = Object.assign(new Error('duplicate key value violates a constraint'), {
    code: '23505',
    detail: 'Key (email)=(ada@example.com) already exists.',
  });
  const error = new DrizzleQueryError('insert into t values ($1)', ['my secret'], cause);
  const line = lineOf(new Error('the command failed', { cause: error }));
  expect(line).not.toMatch(/my secret|ada@/);
  expect(JSON.parse(line)).toMatchObject({
    msg: 'it failed',
    err: {
      type: 'Error',
      message: 'the command failed',
      cause: {
        type: 'DrizzleQueryError',
        message: 'Failed query: insert into t values ($1)',
        cause: { code: '23505', message: 'duplicate key value violates a constraint' },
      },
    },
  });
  expect(line).toContain('logging.test.ts');
});

it('does not fail on what is no error, or is its own cause', () => {
  expect(lineOf('a string')).not.toContain('a string');
  const circle = new Error('round');
  circle.cause = circle;
  expect(lineOf(circle)).toContain('round');
});
