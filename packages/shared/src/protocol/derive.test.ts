import { describe, expect, it } from 'vitest';
import { commandNames, commands } from './commands.ts';
import { deriveOpenApi, deriveSchemas } from './derive.ts';
import { eventTypes } from './events.ts';

type Json = Record<string, unknown>;

function everyValue(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return [value, ...Object.values(value).flatMap(everyValue)];
}

/** What a JSON pointer within the document leads to. */
function resolve(document: Json, pointer: string): unknown {
  const steps = pointer.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document);
}

describe.each([
  ['JSON Schema', deriveSchemas()],
  ['OpenAPI', deriveOpenApi()],
])('the %s document', (_name, document) => {
  it('leads every reference to something', () => {
    const references = everyValue(document).flatMap((value) =>
      typeof value === 'object' && value !== null && '$ref' in value ? [String(value.$ref)] : [],
    );
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) {
      expect(resolve(document, reference), reference).toBeTypeOf('object');
    }
  });
});

it('describes every command and every event', () => {
  const schemas = deriveSchemas();
  expect(Object.keys(schemas.commands as Json)).toEqual([...commandNames]);
  expect(Object.keys(schemas.events as Json)).toEqual([...eventTypes]);
});

it('offers every command over HTTP, with a token unless anyone may call it', () => {
  const paths = deriveOpenApi().paths as Record<string, { post: { security: unknown[] } }>;
  const addresses = Object.keys(paths).filter((path) => !path.startsWith('/api/v1/files'));
  expect(addresses).toEqual(commandNames.map((name) => `/api/v1/${name}`));
  for (const name of commandNames) {
    const isOpen = commands[name].permission === 'anyone';
    expect(paths[`/api/v1/${name}`]?.post.security).toEqual(isOpen ? [] : [{ bearer: [] }]);
  }
});

it('closes inputs and leaves outputs open', () => {
  const schemas = deriveSchemas().commands as Record<string, { input: Json; output: Json }>;
  for (const { input, output } of Object.values(schemas)) {
    expect(input.additionalProperties).toBe(false);
    expect(output.additionalProperties).toBeUndefined();
  }
});
