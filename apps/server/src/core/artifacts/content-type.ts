/** How people are shown a file. */
export type PreviewKind = "text" | "json" | "table" | "image" | "html" | "binary";

interface FileKind {
  readonly type: string;
  readonly kind: PreviewKind;
}

const text = (type: string): FileKind => ({ type, kind: "text" });
const image = (type: string): FileKind => ({ type, kind: "image" });
const binary = (type: string): FileKind => ({ type, kind: "binary" });

/** By the end of a file's name. Names that are not here are told apart by their first bytes. */
const kinds: Readonly<Record<string, FileKind>> = {
  txt: text("text/plain"),
  log: text("text/plain"),
  md: text("text/markdown"),
  py: text("text/x-python"),
  yaml: text("application/yaml"),
  yml: text("application/yaml"),
  toml: text("application/toml"),
  xml: text("application/xml"),
  ndjson: text("application/x-ndjson"),
  jsonl: text("application/x-ndjson"),
  json: { type: "application/json", kind: "json" },
  geojson: { type: "application/json", kind: "json" },
  ipynb: { type: "application/x-ipynb+json", kind: "json" },
  csv: { type: "text/csv", kind: "table" },
  tsv: { type: "text/tab-separated-values", kind: "table" },
  parquet: { type: "application/vnd.apache.parquet", kind: "table" },
  html: { type: "text/html", kind: "html" },
  htm: { type: "text/html", kind: "html" },
  png: image("image/png"),
  jpg: image("image/jpeg"),
  jpeg: image("image/jpeg"),
  gif: image("image/gif"),
  webp: image("image/webp"),
  avif: image("image/avif"),
  bmp: image("image/bmp"),
  svg: image("image/svg+xml"),
  pdf: binary("application/pdf"),
  zip: binary("application/zip"),
  gz: binary("application/gzip"),
  tar: binary("application/x-tar"),
  npy: binary("application/octet-stream"),
  npz: binary("application/octet-stream"),
  pkl: binary("application/octet-stream"),
};

function endingOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Undefined for a name that tells nothing. */
export function kindByName(path: string): PreviewKind | undefined {
  return known(path)?.kind;
}

/** The media type by the name alone. */
export function contentTypeOf(path: string): string {
  const { type = "application/octet-stream" } = known(path) ?? {};
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}

export function isParquet(path: string): boolean {
  return endingOf(path) === "parquet";
}

function known(path: string): FileKind | undefined {
  const ending = endingOf(path);
  return Object.hasOwn(kinds, ending) ? kinds[ending] : undefined;
}
