import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = `
  import { doWithoutFinalizers } from ${JSON.stringify(new URL('without-finalizers.ts', import.meta.url).href)};
  let registered = 0;
  const Usual = class extends FinalizationRegistry {
    register(...given) {
      registered += 1;
      super.register(...given);
    }
  };
  globalThis.FinalizationRegistry = Usual;
  if (process.argv[1] === 'without') doWithoutFinalizers();
  new Request('https://parley.invalid', { signal: new AbortController().signal });
  console.log(registered);
`;

/** In a process of its own: the classes are loaded once. */
async function registeredIn(how: 'without' | 'with'): Promise<number> {
  const args = ['--input-type=module', '--eval', script, how];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return Number(stdout);
}

it('lets no request that can be aborted wait for a finalizer', async () => {
  expect(await registeredIn('without')).toBe(0);
});

it('is needed: by themselves they do', async () => {
  expect(await registeredIn('with')).toBe(1);
});
