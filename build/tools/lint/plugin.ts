import { isBuiltin } from 'node:module';
import { posix, relative, resolve, sep } from 'node:path';

import type { ESLint, Rule } from 'eslint';

import { matchesAny } from './glob.ts';
import { environmentReaders, workspaceFolders, zones, type Zone } from './zones.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The repository's own lint rules; architecture lives in `zones.ts`. */
export const plugin: ESLint.Plugin = {
  meta: { name: 'parley' },
  rules: {
    zones: importRule(),
    'environment-in-config': environmentRule(),
    'file-names': fileNameRule(),
  },
};

type Target = { path: string } | { packageName: string };

/** Where a specifier leads: a path of this repository (from its root) or a package. */
export function resolveTarget(importer: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    return { path: posix.normalize(posix.join(posix.dirname(importer), withoutQuery(specifier))) };
  }
  const segments = specifier.split('/');
  const packageName = segments.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const folder = workspaceFolders[packageName];
  if (folder !== undefined) {
    const rest = segments.slice(2).join('/');
    return { path: posix.join(folder, withoutQuery(rest)) };
  }
  if (isBuiltin(specifier)) return { packageName: `node:${specifier.replace(/^node:/, '')}` };
  return { packageName };
}

/** The reason why `importer` may not import `specifier`, with the zone's name; none if it may. */
export function refusal(importer: string, specifier: string, typeOnly: boolean): string | null {
  const target = resolveTarget(importer, specifier);
  const isTest = /\.(test|spec)\.ts$/.test(importer);
  for (const zone of zones) {
    if (isTest && !zone.bindsTests) continue;
    if (!matchesAny(importer, zone.files) || matchesAny(importer, zone.except ?? [])) continue;
    const allowed =
      'path' in target
        ? mayImportPath(zone, importer, target.path, typeOnly)
        : mayImportPackage(zone, target.packageName);
    if (!allowed) return `${zone.name}: ${zone.reason}`;
  }
  return null;
}

function mayImportPath(zone: Zone, importer: string, path: string, typeOnly: boolean): boolean {
  if (matchesAny(path, zone.never ?? [])) return false;
  if (zone.may === undefined) return true;
  const own = /\/features\/([^/]+)\//.exec(importer)?.[1] ?? '';
  const may = zone.may.map((glob) => glob.replace('<own>', own));
  if (path.endsWith('.css') || matchesAny(path, may)) return true;
  return typeOnly && matchesAny(path, zone.mayTypes ?? []);
}

function mayImportPackage(zone: Zone, name: string): boolean {
  const within = (list: readonly string[]): boolean =>
    list.includes(name) || (name.startsWith('node:') && list.includes('node:*'));
  if (within(zone.neverPackages ?? [])) return false;
  return zone.onlyPackages === undefined || within(zone.onlyPackages);
}

function withoutQuery(specifier: string): string {
  return specifier.replace(/\?.*$/, '');
}

function repositoryPath(filename: string): string {
  return relative(root, filename).split(sep).join('/');
}

function importRule(): Rule.RuleModule {
  return {
    meta: { type: 'problem', schema: [], messages: { refused: "'{{specifier}}': {{why}}" } },
    create(context) {
      const importer = repositoryPath(context.filename);
      const check = (node: Rule.Node, source: unknown, typeOnly: boolean): void => {
        const specifier = literalText(source);
        if (specifier === null) return;
        const why = refusal(importer, specifier, typeOnly);
        if (why !== null) context.report({ node, messageId: 'refused', data: { specifier, why } });
      };
      return {
        ImportDeclaration: (node) => {
          check(node, node.source, isTypeOnly(node));
        },
        ExportNamedDeclaration: (node) => {
          check(node, node.source, isTypeOnly(node));
        },
        ExportAllDeclaration: (node) => {
          check(node, node.source, isTypeOnly(node));
        },
        ImportExpression: (node) => {
          check(node, node.source, false);
        },
        TSImportType: (
          node: Rule.Node & { source?: unknown; argument?: { literal?: unknown } },
        ) => {
          check(node, node.source ?? node.argument?.literal, true);
        },
      };
    },
  };
}

/** `import type …`; an import whose names are each marked `type` still loads the module. */
function isTypeOnly(node: object): boolean {
  const kind = 'importKind' in node ? node.importKind : 'exportKind' in node ? node.exportKind : '';
  return kind === 'type';
}

function literalText(node: unknown): string | null {
  if (typeof node !== 'object' || node === null) return null;
  return 'value' in node && typeof node.value === 'string' ? node.value : null;
}

function environmentRule(): Rule.RuleModule {
  const messages = {
    refused: 'The environment is read and parsed in one file: take it from there.',
  };
  return {
    meta: { type: 'problem', schema: [], messages },
    create(context) {
      if (matchesAny(repositoryPath(context.filename), environmentReaders)) return {};
      const report = (node: Rule.Node): void => {
        context.report({ node, messageId: 'refused' });
      };
      return {
        'MemberExpression[object.name="process"][property.name="env"]': report,
        'MemberExpression[object.name="process"][property.value="env"]': report,
        'VariableDeclarator[init.name="process"] Property[key.name="env"]': report,
        'ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name="env"]':
          report,
      };
    },
  };
}

const shapeless = /(^|\/|[-.])(utils?|helpers?|common|misc|managers?)(\.|\/|$)/i;

/** What is wrong with a file's path, or nothing. */
export function fileNameFault(path: string): string | null {
  if (shapeless.test(path)) return 'name the file after what it does, not utils, helpers, common …';
  const name = posix.basename(path);
  if (name.endsWith('.svelte')) {
    return /^[A-Z][A-Za-z0-9]*\.svelte$/.test(name) ? null : 'components are PascalCase.svelte.';
  }
  return /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(name)
    ? null
    : 'files are kebab-case.';
}

function fileNameRule(): Rule.RuleModule {
  return {
    meta: { type: 'problem', schema: [], messages: { fault: 'File name: {{fault}}' } },
    create(context) {
      return {
        Program(node) {
          const fault = fileNameFault(repositoryPath(context.filename));
          if (fault !== null) context.report({ node, messageId: 'fault', data: { fault } });
        },
      };
    },
  };
}
