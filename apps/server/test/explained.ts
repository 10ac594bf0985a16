import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Database } from '../src/database/client.ts';
import * as schema from '../src/database/schema.ts';

type PlanNode = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
};

/** How Postgres carried a statement out. */
export type Explained = { text: string; plan: PlanNode };

/** What a statement read of one table, all times together. */
export type TableRead = { table: string; how: string; byCondition: boolean; rows: number };

const explaining: Record<string, string> = {
  TimeZone: 'UTC',
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

/**
 * A database on which Postgres itself explains every statement as it is carried out, with its real parameters, the
 * plan that its prepared form has by then, and what foreign keys ask beside it (auto_explain).
 */
export class ExplainedDatabase {
  readonly db: Database;
  readonly #sql: postgres.Sql;
  #statements: Explained[] = [];

  constructor(url: string) {
    this.#sql = postgres(url, {
      // A plan belongs to a connection: with few of them statements soon have the one that they keep.
      max: 2,
      onnotice: ({ message = '' }) => {
        this.#hear(message);
      },
      connection: { application_name: 'parley', ...explaining },
    });
    this.db = drizzle(this.#sql, { schema });
  }

  /** The statements since this was asked last. */
  take(): Explained[] {
    const statements = this.#statements;
    this.#statements = [];
    return statements;
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  #hear(message: string): void {
    const from = message.indexOf('plan:\n');
    if (from < 0) return;
    const { 'Query Text': text, Plan: plan } = JSON.parse(message.slice(from + 6)) as {
      'Query Text': string;
      Plan: PlanNode;
    };
    this.#statements.push({ text, plan });
  }
}

/** What the statement read, table by table. */
export function tableReads({ plan }: Explained): TableRead[] {
  return nodesOf(plan).flatMap((node) => {
    const { 'Relation Name': table, 'Node Type': how } = node;
    if (table === undefined || !how.endsWith('Scan')) return [];
    const removed =
      (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const rows = Math.round((node['Actual Rows'] + removed) * node['Actual Loops']);
    const byCondition = (node['Index Cond'] ?? node['Recheck Cond']) !== undefined;
    return [{ table, how, byCondition, rows }];
  });
}

/** How many pages of 8 KiB the statement looked at. */
export function pagesOf({ plan }: Explained): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
