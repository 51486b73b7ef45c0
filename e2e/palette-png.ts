import { crc32, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const colours = 256;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Bytes a pixel: red, green, blue, and perhaps alpha. */
  readonly size: 3 | 4;
  readonly bytes: Uint8Array;
}

/**
 * The same picture with at most 256 colours, about half as large: colours seen much and colours unlike all others stay
 * as they are, each other one becomes the nearest of them.
 *
 * @param png - 8 bits a channel, red, green, blue and perhaps an alpha that is dropped, not interlaced
 */
export function toPalettePng(png: Uint8Array): Buffer {
  const pixels = readPixels(Buffer.from(png));
  const counts = countColours(pixels);
  const palette = choosePalette(counts);
  const indexOf = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of counts.keys()) if (!indexOf.has(colour)) indexOf.set(colour, nearest(palette, colour));

  const { width, height } = pixels;
  const rows = Buffer.alloc((width + 1) * height);
  eachPixel(pixels, (colour, at) => {
    rows[at + Math.floor(at / width) + 1] = indexOf.get(colour) ?? 0;
  });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    signature,
    ...[chunk("IHDR", head), chunk("PLTE", table), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))],
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

function countColours(pixels: Pixels): Map<number, number> {
  const counts = new Map<number, number>();
  eachPixel(pixels, (colour) => counts.set(colour, (counts.get(colour) ?? 0) + 1));
  return counts;
}

function eachPixel({ width, height, size, bytes }: Pixels, see: (colour: number, at: number) => void): void {
  for (let at = 0; at < width * height; at++) {
    const from = at * size;
    see(((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0), at);
  }
}

/** The commonest, then again and again the one that would be changed most, by how far it is and how much is seen of it. */
function choosePalette(counts: ReadonlyMap<number, number>): readonly number[] {
  const common = [...counts].sort(([, a], [, b]) => b - a);
  const palette = common.slice(0, colours / 4).map(([colour]) => colour);
  const others = common.slice(colours / 4).map(([colour, count]) => ({
    colour,
    weight: Math.sqrt(count),
    far: Math.min(...palette.map((each) => distance(each, colour))),
  }));
  while (palette.length < colours) {
    let worst = others[0];
    for (const other of others) if (worst && other.far * other.weight > worst.far * worst.weight) worst = other;
    if (worst === undefined || worst.far === 0) break;
    const { colour } = worst;
    palette.push(colour);
    for (const other of others) other.far = Math.min(other.far, distance(colour, other.colour));
  }
  return palette;
}

function distance(one: number, other: number): number {
  const red = (one >> 16) - (other >> 16);
  const green = ((one >> 8) & 255) - ((other >> 8) & 255);
  const blue = (one & 255) - (other & 255);
  return red * red + green * green + blue * blue;
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < palette.length && least > 0; index++) {
    const far = distance(palette[index] ?? 0, colour);
    if (far < least) [best, least] = [index, far];
  }
  return best;
}

function readPixels(png: Buffer): Pixels {
  let head = Buffer.alloc(0);
  const data: Buffer[] = [];
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") head = Buffer.from(body);
    if (type === "IDAT") data.push(body);
    at += length + 12;
  }
  const [depth, kind, , , interlace] = head.subarray(8);
  if (depth !== 8 || interlace !== 0 || (kind !== 2 && kind !== 6)) {
    throw new Error(`a picture of depth ${depth}, kind ${kind} and interlace ${interlace} cannot be read`);
  }
  const size = kind === 2 ? 3 : 4;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  return { width, height, size, bytes: unfilter(inflateSync(Buffer.concat(data)), width * size, height, size) };
}

/** Undoes what each row's first byte says was done to it. */
function unfilter(rows: Buffer, stride: number, height: number, size: number): Uint8Array {
  const bytes = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const filter = rows[row * (stride + 1)] ?? 0;
    for (let at = 0; at < stride; at++) {
      const to = row * stride + at;
      const left = at < size ? 0 : (bytes[to - size] ?? 0);
      const up = row === 0 ? 0 : (bytes[to - stride] ?? 0);
      const corner = at < size || row === 0 ? 0 : (bytes[to - stride - size] ?? 0);
      bytes[to] = (rows[row * (stride + 1) + 1 + at] ?? 0) + guess(filter, left, up, corner);
    }
  }
  return bytes;
}

/** What each of PNG's five filters takes away from a byte, by its neighbours. */
function guess(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const a = Math.abs(up - corner);
  const b = Math.abs(left - corner);
  const c = Math.abs(left + up - 2 * corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
