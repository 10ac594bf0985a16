import { resolve } from 'node:path';

import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, includeIgnoreFile } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

import { plugin as parley } from './build/tools/lint/plugin.ts';

const root = import.meta.dirname;
const scripts = ['**/*.ts', '**/*.svelte'];
const tests = ['**/*.{test,spec}.ts', 'apps/*/{test,e2e}/**'];

/** Shapes that the type checker cannot refuse. */
const refused = [
  {
    selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword',
    message: 'A double cast hides a fault of types: parse or narrow instead.',
  },
  {
    selector:
      'MemberExpression[object.name=/^(describe|it|test|suite)$/][property.name=/^(only|skip|todo|fixme|skipIf|runIf)$/]',
    message: 'Every test runs, always.',
  },
];

export default defineConfig(
  includeIgnoreFile(resolve(root, '.gitignore')),
  { ignores: ['**/migrations/**', '**/generated/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  { files: scripts, extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked] },
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: {
        projectService: true,
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { globals: globals.browser, parserOptions: { parser: ts.parser } },
  },
  {
    plugins: { parley },
    rules: {
      'parley/zones': 'error',
      'parley/environment-in-config': 'error',
      'parley/file-names': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...refused],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: scripts,
    rules: {
      'no-undef': 'off',
      'no-restricted-syntax': [
        'error',
        ...refused,
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_$' },
      ],
    },
  },
  {
    files: ['**/*.config.ts', '**/*.svelte'],
    rules: { 'no-restricted-syntax': ['error', ...refused] },
  },
  {
    files: ['build/**', 'apps/server/bench/**', 'apps/*/*.ts', 'packages/*/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['apps/desktop/src/{main,live}/**'],
    ignores: tests,
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'timeout',
          message: 'Use abortAfter: with this the app may never end.',
        },
        { object: 'AbortSignal', property: 'any', message: 'With this the app may never end.' },
      ],
    },
  },
  { files: tests, rules: { 'max-lines': 'off', '@typescript-eslint/unbound-method': 'off' } },
  {
    // Each component would be a program of its own, which takes longer than all modules together. svelte-check reads
    // their types.
    files: ['**/*.js', '**/*.svelte'],
    extends: [ts.configs.disableTypeChecked],
  },
);
