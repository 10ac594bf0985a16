import { z } from 'zod';
import { commandNames, commands } from './commands.ts';
import { ErrorBody, errorCodes, errorStatus } from './errors.ts';
import { EventEnvelope, eventData } from './events.ts';
import { filePaths } from './file-paths.ts';
import * as frames from './frames.ts';
import { protocolVersion } from './version.ts';

type Json = Record<string, unknown>;
type Direction = 'input' | 'output';

/** Schemas with an id come as references into `base`, so that each stands in a document once. */
function toJson(
  schema: z.ZodType,
  io: Direction,
  shared: Map<string, unknown>,
  base: string,
): Json {
  const options = { io, unrepresentable: 'any', override: leaveOutputsOpen } as const;
  // Custom emoji and the like are refined by code; the document says what a pattern can.
  const text = JSON.stringify(z.toJSONSchema(schema, options));
  const {
    $defs = {},
    $schema: _,
    ...rest
  } = JSON.parse(text.replaceAll('"#/$defs/', `"${base}`)) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs)) {
    const known = JSON.stringify(shared.get(name) ?? definition);
    if (known !== JSON.stringify(definition)) throw new Error(`${name} stands for two schemas`);
    shared.set(name, definition);
  }
  return rest;
}

/** An output may grow: whoever reads by these documents must not refuse a field that is new. */
const leaveOutputsOpen: NonNullable<z.core.ToJSONSchemaParams['override']> = ({
  zodSchema,
  jsonSchema,
}) => {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && !('catchall' in def)) delete jsonSchema.additionalProperties;
};

function sorted(shared: Map<string, unknown>): Json {
  return Object.fromEntries([...shared].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** JSON Schema (2020-12) of every command, event and frame. */
export function deriveSchemas(): Json {
  const shared = new Map<string, unknown>();
  const base = '#/$defs/';
  const derive = (schema: z.ZodType, io: Direction) => toJson(schema, io, shared, base);
  const commandSchemas = commandNames.map((name) => {
    const { summary, permission, effect, input, output } = commands[name];
    const schemas = { input: derive(input, 'input'), output: derive(output, 'output') };
    return [name, { summary, permission, effect, ...schemas }];
  });
  const events = Object.entries(eventData).map(([type, data]) => [type, derive(data, 'output')]);
  const { Hello, EventBatch, Ephemeral, Goodbye, Handshake, AuthFrame, CommandFrame } = frames;
  const toClient = { Hello, EventBatch, Ephemeral, Goodbye };
  const toServer = { Handshake, AuthFrame, CommandFrame };
  const frameSchemas = [
    ...Object.entries(toClient).map(([name, schema]) => [name, derive(schema, 'output')]),
    ...Object.entries(toServer).map(([name, schema]) => [name, derive(schema, 'input')]),
  ];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Parley protocol',
    protocol: protocolVersion,
    event: derive(EventEnvelope, 'output'),
    error: derive(ErrorBody, 'output'),
    commands: Object.fromEntries(commandSchemas) as Json,
    events: Object.fromEntries(events) as Json,
    frames: Object.fromEntries(frameSchemas) as Json,
    $defs: sorted(shared),
  };
}

/** OpenAPI 3.1 of `POST /api/v1/<command>`, and of files. */
export function deriveOpenApi(): Json {
  const shared = new Map<string, unknown>();
  const base = '#/components/schemas/';
  const paths = commandNames.map((name) => {
    const { summary, permission, input, output } = commands[name];
    const json = (schema: z.ZodType, io: Direction) => ({
      'application/json': { schema: toJson(schema, io, shared, base) },
    });
    const operation = {
      operationId: name,
      summary,
      tags: [name.split('.', 1)[0]],
      security: permission === 'anyone' ? [] : [{ bearer: [] }],
      requestBody: { required: true, content: json(input, 'input') },
      responses: {
        '200': { description: 'Done', content: json(output, 'output') },
        default: { $ref: '#/components/responses/Problem' },
      },
    };
    return [`/api/v1/${name}`, { post: operation }];
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: String(protocolVersion.max),
      description: 'Every command of the protocol over HTTP, and files.',
    },
    paths: { ...(Object.fromEntries(paths) as Json), ...filePaths },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: { Problem: problemResponse() },
      schemas: sorted(shared),
    },
  };
}

/** RFC 9457 problem details, with Parley's own fields. */
function problemResponse(): Json {
  return {
    description: errorCodes.map((code) => `${errorStatus[code]} ${code}`).join(' · '),
    content: {
      'application/problem+json': {
        schema: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { enum: errorCodes },
            reason: { type: 'string' },
            issues: { type: 'array', items: { type: 'object' } },
            retryAfterMs: { type: 'integer' },
          },
        },
      },
    },
  };
}
