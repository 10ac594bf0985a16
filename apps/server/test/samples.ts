import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { commands, type CommandName } from '@parley/shared/protocol/commands.ts';

/** Inputs for every command, good and bad, made from its schema. */

export type JsonSchema = {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  format?: string;
  minimum?: number;
  minLength?: number;
};

export type Input = Record<string, unknown>;
/** Which thing a field of this name is about; lists are named in the plural. */
export type Things = Partial<Record<string, string>>;
/** The keys and indexes that lead to a field. */
export type Path = (string | number)[];

/** The schema of what a caller writes. */
export function schemaOf(name: CommandName): JsonSchema {
  const schema = z.toJSONSchema(commands[name].input, {
    io: 'input',
    unrepresentable: 'any',
    metadata: z.registry(),
  });
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** An input that the command's schema takes, with every field that it knows, about these things. */
export function sampleOf(name: CommandName, things: Things): Input {
  const input = sample(schemaOf(name), '', things) as Input;
  if (name === 'message.history') {
    // At most one bound may be given.
    delete input.before;
    delete input.around;
  }
  return input;
}

function sample(schema: JsonSchema, key: string, things: Things): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sample(schema.anyOf[0] ?? {}, key, things);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (type === 'boolean') return true;
  if (type === 'array') return [sample(schema.items ?? {}, key.replace(/s$/, ''), things)];
  if (type === 'object') {
    const entries = Object.entries(schema.properties ?? {});
    return Object.fromEntries(entries.map(([inner, each]) => [inner, sample(each, inner, things)]));
  }
  return sampleText(schema, key, things);
}

function sampleText(schema: JsonSchema, key: string, things: Things): string {
  if (schema.format === 'uuid') return things[key] ?? randomUUID();
  if (schema.format === 'date-time') return new Date(Date.now() + 3_600_000).toISOString();
  if (key === 'email') return 'somebody@example.com';
  if (key === 'timezone') return 'Europe/Lisbon';
  if (key === 'emoji') return '👍';
  if (/^(from|to)$/.test(key)) return '10:00';
  if (key === 'version') return '1.2.3';
  return 'sometext-1'.padEnd(schema.minLength ?? 0, 'x');
}

/** Every field of the schema that the input has, inner ones and entries of lists too. */
export function* fieldsOf(
  schema: JsonSchema,
  input: unknown,
  path: Path = [],
): Generator<{ path: Path; schema: JsonSchema; required: boolean }> {
  const shape = schema.anyOf?.find((each) => each.properties ?? each.items) ?? schema;
  if (Array.isArray(input) && shape.items) {
    const inner = [...path, 0];
    yield { path: inner, schema: shape.items, required: false };
    yield* fieldsOf(shape.items, input[0], inner);
  }
  if (typeof input !== 'object' || input === null) return;
  for (const [key, each] of Object.entries(shape.properties ?? {})) {
    if (!(key in input)) continue;
    const inner = [...path, key];
    yield { path: inner, schema: each, required: shape.required?.includes(key) ?? false };
    yield* fieldsOf(each, (input as Input)[key], inner);
  }
}

/** Values of types that the field never has. */
export function wrongValues(schema: JsonSchema): unknown[] {
  const types = typesOf(schema);
  const values: [type: string, value: unknown][] = [
    ['null', null],
    ['boolean', true],
    ['number', 7.5],
    ['integer', 7],
    ['string', 'some text'],
    ['array', []],
    ['object', { an: 'object' }],
  ];
  const wrong = values.filter(
    ([type]) => !types.has(type) && !(type === 'integer' && types.has('number')),
  );
  const isChoice = (schema.anyOf ?? [schema]).some((each) => each.enum);
  return [...wrong.map(([, value]) => value), ...(isChoice ? ['none of the choices'] : [])];
}

function typesOf(schema: JsonSchema): Set<string> {
  const own = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return new Set([...own, ...(schema.anyOf ?? []).flatMap((each) => [...typesOf(each)])]);
}

/** A copy of the input with another value at the path, or without the field. */
export function changed(input: Input, path: Path, change: { value: unknown } | 'removed'): Input {
  const copy = structuredClone(input);
  let holder: Record<string | number, unknown> = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder;
  const last = path.at(-1) ?? '';
  if (change === 'removed') Reflect.deleteProperty(holder, last);
  else holder[last] = change.value;
  return copy;
}
