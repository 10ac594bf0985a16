import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { commandNames, commands } from '@parley/shared/protocol/commands.ts';
import { deriveSchemas } from '@parley/shared/protocol/derive.ts';
import { errorCodes, errorStatus } from '@parley/shared/protocol/errors.ts';

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem;font-size:.8rem}
h3{margin-top:2rem}code{font-family:ui-monospace,monospace}`;

const styleHash = createHash('sha256').update(style).digest('base64');
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

type Schemas = Record<'commands' | 'events' | 'frames' | '$defs', Record<string, unknown>>;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function schema(title: string, value: unknown): string {
  const json = escaped(JSON.stringify(value, null, 2));
  return `<details><summary>${escaped(title)}</summary><pre>${json}</pre></details>`;
}

function section(title: string, schemas: Record<string, unknown>): string {
  const all = Object.entries(schemas).map(([name, value]) => schema(name, value));
  return `<h2>${escaped(title)}</h2>${all.join('')}`;
}

function command(name: (typeof commandNames)[number], schemas: unknown): string {
  const { summary, permission, effect } = commands[name];
  const { input, output } = schemas as { input: unknown; output: unknown };
  return (
    `<h3 id="${escaped(name)}"><code>${escaped(name)}</code></h3><p>${escaped(summary)}.</p>` +
    `<p><code>POST /api/v1/${escaped(name)}</code> · permission <code>${escaped(permission)}</code> · ${effect}</p>` +
    schema('Input', input) +
    schema('Output', output)
  );
}

/** The protocol as a page to read, made from the same schemas that the server checks by. */
function renderReference(): string {
  // What deriveSchemas puts under these names.
  const schemas = deriveSchemas() as Schemas;
  const codes = errorCodes.map((code) => `<li><code>${code}</code> ${errorStatus[code]}</li>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley protocol</title>
<meta name="viewport" content="width=device-width"><style>${style}</style>
<h1>Parley protocol</h1>
<p>For programs: <a href="/api/v1/openapi.json">OpenAPI</a>. References such as <code>#/$defs/User</code> lead to the entities at the end.</p>
<h2>Commands</h2>${commandNames.map((name) => command(name, schemas.commands[name])).join('')}
${section('Events', schemas.events)}${section('Frames', schemas.frames)}
<h2>Errors</h2><ul>${codes.join('')}</ul>${section('Entities', schemas.$defs)}`;
}

/** `GET /docs`: the reference page. */
export function createReference(): Hono {
  const app = new Hono();
  let page: string | undefined;
  app.get('/', (context) => {
    context.header('content-security-policy', contentSecurityPolicy);
    context.header('x-content-type-options', 'nosniff');
    return context.html((page ??= renderReference()));
  });
  return app;
}
