import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** TypeScript in components, runes everywhere, and no style in the page that the policy would refuse. */
export default {
  preprocess: vitePreprocess({ script: true }),
  compilerOptions: { runes: true, css: 'external' },
};
