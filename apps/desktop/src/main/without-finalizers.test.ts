import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = `
  import { loadFetchWithoutFinalizers } from ${JSON.stringify(new URL('fetch-without-finalizers.ts', import.meta.url).href)};
  let registered = 0;
  const Usual = class extends FinalizationRegistry {
    register(...given) {
      registered += 1;
      super.register(...given);
    }
  };
  globalThis.FinalizationRegistry = Usual;
  if (process.argv[1] === 'without') loadFetchWithoutFinalizers();
  new Request('https://parley.invalid', { signal: new AbortController().signal });
  console.log(JSON.stringify({ registered, isUsual: globalThis.FinalizationRegistry === Usual }));
`;

/** In a process of its own: the classes are loaded once. */
async function requestIn(how: 'without' | 'with'): Promise<unknown> {
  const args = ['--input-type=module', '--eval', script, how];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return JSON.parse(stdout);
}

it('lets no request that can be aborted wait for a finalizer', async () => {
  expect(await requestIn('without')).toEqual({ registered: 0, isUsual: true });
});

it('is needed: by themselves they do', async () => {
  expect(await requestIn('with')).toEqual({ registered: 1, isUsual: true });
});
