import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const hue = 264;

type Theme = ReadonlyMap<string, string>;

function block(selector: string): Theme {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf('}', start));
  return new Map(
    [...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
}

const light = block(':root');
const dark = block(":root[data-theme='dark']");
const contrast = block(":root[data-contrast='high']");
const contrastDark = block(":root[data-theme='dark'][data-contrast='high']");
const themes: Record<string, Theme> = {
  light,
  dark: new Map([...light, ...dark]),
  'high contrast, light': new Map([...light, ...contrast]),
  'high contrast, dark': new Map([...light, ...dark, ...contrast, ...contrastDark]),
};

/** Relative luminance (WCAG 2.2) of an `oklch()` token; the matrices are those of CSS Color 4. */
function luminance(theme: Theme, token: string): number {
  const value = (theme.get(token) ?? '').replace('var(--hue)', String(hue));
  const [, lightness, chroma, angle] = /oklch\(([\d.]+)% ([\d.]+) ([\d.]+)/.exec(value) ?? [];
  const radians = (Number(angle) * Math.PI) / 180;
  const a = Number(chroma) * Math.cos(radians);
  const b = Number(chroma) * Math.sin(radians);
  const lightnessUnit = Number(lightness) / 100;
  const l = (lightnessUnit + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightnessUnit - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightnessUnit - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (channel: number) => Math.min(1, Math.max(0, channel));
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(theme: Theme, text: string, ground: string): number {
  const [a, b] = [luminance(theme, text), luminance(theme, ground)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const grounds = [
  '--surface',
  '--surface-sunken',
  '--surface-raised',
  '--surface-hover',
  '--surface-selected',
];

const pairs: [text: string, ground: string, least: number][] = [
  ...grounds.map((ground): [string, string, number] => ['--text', ground, 7]),
  ...grounds.map((ground): [string, string, number] => ['--text-muted', ground, 4.5]),
  ...grounds.map((ground): [string, string, number] => ['--text-faint', ground, 4.5]),
  ...grounds.map((ground): [string, string, number] => ['--accent', ground, 4.5]),
  ...grounds.map((ground): [string, string, number] => ['--danger-text', ground, 4.5]),
  ...grounds.map((ground): [string, string, number] => ['--positive-text', ground, 4.5]),
  ['--text', '--mention', 7],
  ['--text', '--code', 7],
  ['--text-muted', '--mention', 4.5],
  ['--text-faint', '--mention', 4.5],
  ['--accent', '--mention', 4.5],
  ['--accent', '--accent-soft', 4.5],
  ['--on-accent', '--accent', 4.5],
  ['--on-accent', '--accent-hover', 4.5],
  ['--on-danger', '--danger', 4.5],
  ['--on-danger', '--danger-hover', 4.5],
  ['--danger-text', '--danger-soft', 4.5],
  ['--warning-text', '--warning-soft', 4.5],
  ['--text', '--warning-soft', 7],
  ['--text', '--danger-soft', 7],
  ['--mention-text', '--mention-mark', 4.5],
  ...['keyword', 'string', 'number', 'title', 'comment'].map((kind): [string, string, number] => [
    `--code-${kind}`,
    '--code',
    4.5,
  ]),
];

describe.each(Object.entries(themes))('%s theme', (_, theme) => {
  it.each(pairs)('%s on %s reaches %d:1', (text, ground, least) => {
    expect(ratio(theme, text, ground)).toBeGreaterThanOrEqual(least);
  });
});
