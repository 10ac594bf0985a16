/**
 * Writes what is derived from the schemas: JSON Schema of everything, and OpenAPI of the HTTP transport.
 * `--check` writes nothing and fails when what lies there is not what would be written.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { deriveOpenApi, deriveSchemas } from './src/protocol/derive.ts';

const folder = new URL('./generated/', import.meta.url);
const documents = { 'schema.json': deriveSchemas(), 'openapi.json': deriveOpenApi() };
const isCheck = process.argv.includes('--check');

await mkdir(folder, { recursive: true });
for (const [name, document] of Object.entries(documents)) {
  const path = new URL(name, folder);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (!isCheck) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    console.error(`generated/${name} is out of date. Run: npm run generate -w @parley/shared`);
    process.exitCode = 1;
  }
}
