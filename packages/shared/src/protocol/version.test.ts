import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { deriveSchemas } from './derive.ts';
import { protocolFingerprint, protocolVersion } from './version.ts';

it('has the schemas that its version promises', () => {
  const fingerprint = createHash('sha256').update(JSON.stringify(deriveSchemas())).digest('hex');
  // When this fails, the wire has changed. If old clients and servers still understand each other (a field or a
  // command was added), record the new fingerprint. If not, raise protocolVersion.max as well.
  expect(fingerprint).toBe(protocolFingerprint);
  expect(protocolVersion.max).toBe(1);
});
