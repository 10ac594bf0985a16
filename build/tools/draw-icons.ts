import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumPath } from './chromium.ts';

const folder = new URL('../desktop/', import.meta.url);
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

/** Draws an SVG at a size, on nothing. */
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  const draw = async (svg: string, size: number, file: string) => {
    await page.setViewportSize({ width: size, height: size });
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    await page.setContent(
      `<style>*{margin:0}img{display:block;width:${size}px;height:${size}px}</style><img src="${source}">`,
    );
    await page.waitForFunction('document.images[0].complete');
    const png = await page.screenshot({ omitBackground: true });
    await writeFile(fileURLToPath(new URL(`icons/${file}`, folder)), png);
  };
  await draw(mark, 512, 'icon.png');
  for (const name of Object.keys(dots) as (keyof typeof dots)[]) {
    await draw(traySvg(name), 32, `${name}.png`);
    await draw(traySvg(name), 64, `${name}@2x.png`);
  }
} finally {
  await browser.close();
}
