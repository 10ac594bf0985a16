import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { deriveSchemas } from './derive.ts';
import { protocolFingerprint, protocolVersion } from './version.ts';

/** What goes over the wire, without the words that explain it. */
function wireFormat(): string {
  return JSON.stringify(deriveSchemas(), (key, value: unknown) =>
    typeof value === 'string' && (key === 'description' || key === 'summary') ? undefined : value,
  );
}

it('has the schemas that its version promises', () => {
  const fingerprint = createHash('sha256').update(wireFormat()).digest('hex');
  // When this fails, the wire has changed. If old clients and servers still understand each other (a field or a
  // command was added), record the new fingerprint in version.ts and run `npm run generate -w @parley/shared`.
  // If not, raise protocolVersion.max as well, and go on understanding the version before.
  expect(fingerprint).toBe(protocolFingerprint);
  expect(protocolVersion.max).toBe(1);
});
