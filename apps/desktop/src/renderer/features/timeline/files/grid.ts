/** Where a picture is in a grid, in parts of its width and height. */
export type Tile = { left: number; top: number; width: number; height: number };

/** A grid of pictures: its room in px, which is known before any of them is there, and what is in it. */
export type Grid = {
  width: number;
  height: number;
  tiles: Tile[];
  /** How many pictures are not in it; the last one that is stands for them. */
  hidden: number;
};

type Size = { width: number; height: number };

const maxWidth = 360;
const maxHeight = 320;
/** A picture of a line is still something to click at. */
const minSide = 48;
const gap = 4;
/** The sides of a grid of several. */
const wide = { width: maxWidth, height: 240 };
const maxTiles = 4;

/** Lays pictures out: one as large as it is or fits, two side by side, three with one that is larger, four in a square. */
export function gridOf(pictures: readonly Size[]): Grid {
  const [only] = pictures;
  if (pictures.length === 1 && only) {
    return { ...fitted(only), tiles: [{ left: 0, top: 0, width: 1, height: 1 }], hidden: 0 };
  }
  const { width, height } = pictures.length === 2 ? { ...wide, height: 178 } : wide;
  const tiles = cellsOf(Math.min(pictures.length, maxTiles), { width, height }).map((cell) => ({
    left: cell.left / width,
    top: cell.top / height,
    width: cell.width / width,
    height: cell.height / height,
  }));
  return { width, height, tiles, hidden: Math.max(0, pictures.length - maxTiles) };
}

/** As large as it is, or as fits, and never too small to hit. */
function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  const side = (length: number, most: number) =>
    Math.min(most, Math.max(minSide, Math.round(length * scale)));
  return { width: side(width, maxWidth), height: side(height, maxHeight) };
}

function cellsOf(count: number, { width, height }: Size): Tile[] {
  const half = { width: (width - gap) / 2, height: (height - gap) / 2 };
  if (count === 2) {
    return [0, half.width + gap].map((left) => ({ left, top: 0, width: half.width, height }));
  }
  if (count === 3) {
    const large = { left: 0, top: 0, width: height, height };
    const left = height + gap;
    const right = [0, half.height + gap].map((top) => ({
      ...{ left, top, width: width - left, height: half.height },
    }));
    return [large, ...right];
  }
  return [0, half.height + gap].flatMap((top) =>
    [0, half.width + gap].map((left) => ({ left, top, ...half })),
  );
}
