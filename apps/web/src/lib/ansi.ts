import Anser, { type AnserJsonEntry } from "anser";

/** A stretch of a line with one look. Colours are names of the theme's, or `rgb()` for the rest. */
export interface Span {
  readonly text: string;
  /** Classes of the style sheet: `a-red`, `a-bold`. */
  readonly className: string;
  readonly color?: string | undefined;
  readonly background?: string | undefined;
  /** An address the program made the text a link to; web addresses only. */
  readonly href?: string | undefined;
}

const esc = "\u001b";
// operating system commands, then single escapes that are no sequence, then what cannot be seen
const otherCommands = /\u001b\](?!8;)[^\u0007\u001b]*(?:\u0007|\u001b\\)?/g;
const links = /\u001b\]8;[^;\u0007\u001b]*;([^\u0007\u001b]*)(?:\u0007|\u001b\\)/g;
const loneEscapes = /\u001b(?:[()*+][\w]|[^[\]\\()*+])/g;
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
/** Stands for a link's beginning or end while colours are read. */
const linkMark = "\u001a";

/** Splits a line into stretches by its terminal colours. Everything else a terminal would act on is dropped. */
export function parseAnsi(text: string): readonly Span[] {
  if (!text.includes(esc)) return [{ text: text.replace(unseen, ""), className: "" }];
  const addresses: string[] = [];
  const plain = text.replaceAll(linkMark, "").replace(otherCommands, "").replace(loneEscapes, "");
  const marked = plain.replace(links, (_, address: string) => {
    addresses.push(address);
    return linkMark;
  });
  let href: string | undefined;
  return Anser.ansiToJson(marked, { use_classes: true, json: true, remove_empty: true }).flatMap((part) => {
    const looks = looksOf(part);
    return part.content.split(linkMark).flatMap((piece, index) => {
      // an empty address closes the link
      if (index > 0) href = webAddress(addresses.shift());
      const shown = piece.replace(unseen, "");
      return shown === "" ? [] : [{ text: shown, ...looks, href }];
    });
  });
}

/** The line without its colours. */
export function plainText(text: string): string {
  return parseAnsi(text)
    .map((span) => span.text)
    .join("");
}

function webAddress(address: string | undefined): string | undefined {
  return address !== undefined && /^https?:\/\//i.test(address) ? address : undefined;
}

function looksOf(part: AnserJsonEntry): Omit<Span, "text" | "href"> {
  const { className: front, value: color } = colour(part.fg, part.fg_truecolor);
  const { value: background } = colour(part.bg, part.bg_truecolor);
  const behind = part.bg && background === undefined ? `a-bg-${plainName(part.bg)}` : "";
  const className = [front, behind, ...part.decorations.map((name) => `a-${name}`)]
    .filter((name) => name !== "")
    .join(" ");
  return { className, color, background };
}

function plainName(name: string): string {
  return name.replace(/^ansi-(?:bright-)?/, "");
}

function colour(name: string | null, rgb: string | null): { readonly className: string; readonly value?: string } {
  if (!name) return { className: "" };
  if (name === "ansi-truecolor") return { className: "", value: `rgb(${rgb})` };
  const palette = /^ansi-palette-(\d+)$/.exec(name);
  if (palette?.[1] !== undefined) return { className: "", value: paletteColour(Number(palette[1])) };
  return { className: `a-${plainName(name)}${name.includes("bright") ? " a-bright" : ""}` };
}

/** The xterm palette: 16 to 231 a cube of 6 by 6 by 6, 232 to 255 greys. */
function paletteColour(index: number): string {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const cube = index - 16;
  const step = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  return `rgb(${step(Math.floor(cube / 36))}, ${step(Math.floor(cube / 6) % 6)}, ${step(cube % 6)})`;
}
