/** What a repository says it has. */
export interface RemoteHeads {
  /** Commits by full reference name, `refs/heads/…`. */
  readonly heads: ReadonlyMap<string, string>;
  /** The default branch; undefined when there is none that could be told. */
  readonly branch: string | undefined;
}

/** Reads the answer of `ls-remote --symref`. */
export function parseHeads(text: string): RemoteHeads {
  const heads = new Map<string, string>();
  let pointsTo: string | undefined;
  let head: string | undefined;
  for (const line of text.split("\n")) {
    const [first = "", name = ""] = line.split("\t");
    if (name === "HEAD" && first.startsWith("ref: refs/heads/")) pointsTo = first.slice("ref: ".length);
    else if (name === "HEAD") head = first;
    else if (name.startsWith("refs/heads/") && /^[0-9a-f]{40,64}$/.test(first)) heads.set(name, first);
  }
  return { heads, branch: defaultBranch(heads, pointsTo, head) };
}

/** What HEAD points to; where it points to nothing that is there, the branch that is as good as certainly meant. */
function defaultBranch(
  heads: ReadonlyMap<string, string>,
  pointsTo: string | undefined,
  head: string | undefined,
): string | undefined {
  if (pointsTo !== undefined && heads.has(pointsTo)) return pointsTo;
  const usual = ["refs/heads/main", "refs/heads/master"].filter((name) => heads.has(name));
  const same = [...usual, ...heads.keys()].find((name) => head !== undefined && heads.get(name) === head);
  return same ?? usual[0] ?? (heads.size === 1 ? [...heads.keys()][0] : undefined);
}
