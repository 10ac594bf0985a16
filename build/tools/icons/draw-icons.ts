/** Draws all icons of the app anew, from `build/desktop/mark.svg`: `node build/tools/icons/draw-icons.ts`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumPath } from '../chromium.ts';
import { icnsOf, icnsSizes, icoOf, type Drawn } from './icon-files.ts';

const folder = new URL('../../desktop/', import.meta.url);
const mark = await readFile(new URL('mark.svg', folder), 'utf8');

/** A dot in the corner says what the tray has to say. */
const dots = {
  tray: null,
  'tray-unread': '#3b6ef5',
  'tray-mentions': '#e5484d',
  'tray-quiet': '#262b3a',
  'tray-offline': null,
};

/** A crescent on the dot: the person wants quiet. */
const crescent = '<path d="M412 330a66 66 0 1 0 42 100a54 54 0 0 1 -42 -100z" fill="#fff"/>';

function traySvg(name: keyof typeof dots): string {
  const dot = dots[name];
  const faded = name === 'tray-offline' ? ' opacity="0.45"' : '';
  const sign = name === 'tray-quiet' ? crescent : '';
  const corner = dot
    ? `<circle cx="392" cy="392" r="120" fill="#fff"/><circle cx="392" cy="392" r="96" fill="${dot}"/>${sign}`
    : '';
  const inner = mark.replace(/^<svg[^>]*>|<\/svg>\s*$/g, '');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><g${faded}>${inner}</g>${corner}</svg>`;
}

/** What Windows lays over the icon in its taskbar. */
const overlays = { 'overlay-unread': '#3b6ef5', 'overlay-mentions': '#e5484d' };

const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const windowsSizes = [16, 24, 32, 48, 64, 128, 256];

const save = (file: string, bytes: Buffer) =>
  writeFile(fileURLToPath(new URL(`icons/${file}`, folder)), bytes);

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  /** Draws an SVG at a size, on nothing. */
  const draw = async (svg: string, size: number): Promise<Drawn> => {
    await page.setViewportSize({ width: size, height: size });
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    await page.setContent(
      `<style>*{margin:0}img{display:block;width:${size}px;height:${size}px}</style><img src="${source}">`,
    );
    await page.waitForFunction('document.images[0].complete');
    return { size, png: await page.screenshot({ omitBackground: true }) };
  };
  const sizes = [...new Set([...linuxSizes, ...windowsSizes, ...icnsSizes])];
  const marks: Drawn[] = [];
  for (const size of sizes) marks.push(await draw(mark, size));
  const of = (wanted: readonly number[]) => marks.filter(({ size }) => wanted.includes(size));
  await mkdir(new URL('icons/linux/', folder), { recursive: true });
  for (const { size, png } of of(linuxSizes)) await save(`linux/${size}x${size}.png`, png);
  for (const { png } of of([512])) await save('icon.png', png);
  await save('icon.ico', icoOf(of(windowsSizes)));
  await save('icon.icns', icnsOf(marks));
  for (const [name, colour] of Object.entries(overlays)) {
    const dot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}" stroke="#fff"/></svg>`;
    await save(`${name}.png`, (await draw(dot, 32)).png);
  }
  for (const name of Object.keys(dots) as (keyof typeof dots)[]) {
    await save(`${name}.png`, (await draw(traySvg(name), 32)).png);
    await save(`${name}@2x.png`, (await draw(traySvg(name), 64)).png);
  }
} finally {
  await browser.close();
}
