/** The text of an answer; rejects when there is more of it than `maxBytes`, without reading on. */
export async function boundedText({ body }: Response, maxBytes: number): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new Error('The answer is too long.');
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}
