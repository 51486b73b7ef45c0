/**
 * An Aho-Corasick automaton over bytes. State 0 is the root; every other state stands for a prefix of a pattern, and
 * is the longest such prefix that the input so far ends with.
 */
export interface Automaton {
  readonly patterns: readonly Uint8Array[];
  /** Length of the prefix that a state stands for. */
  readonly depth: Int32Array;
  /** A pattern that begins with the state's prefix. */
  readonly patternOf: Int32Array;
  /** Length of the longest pattern that ends in this state, 0 for none. */
  readonly match: Int32Array;
  /** State after the root for each byte. */
  readonly fromRoot: Int32Array;
  /** State after `state` and `byte`; `state` is not the root. */
  next(state: number, byte: number): number;
}

/** Builds the automaton; memory and time are linear in the summed length of the patterns. */
export function buildAutomaton(patterns: readonly Uint8Array[]): Automaton {
  const trie = buildTrie(patterns);
  const { depth, match, fromRoot, byteOf, firstChild, sibling, fail } = trie;

  const childOf = (state: number, byte: number): number => {
    let child = firstChild[state]!;
    while (child !== 0 && byteOf[child] !== byte) child = sibling[child]!;
    return child;
  };
  const next = (state: number, byte: number): number => {
    let from = state;
    while (from !== 0) {
      const child = childOf(from, byte);
      if (child !== 0) return child;
      from = fail[from]!;
    }
    return fromRoot[byte]!;
  };

  // By depth, so that the states a failure link may lead to are complete when it is set.
  const order = Array.from(depth.keys())
    .slice(1, trie.size)
    .sort((a, b) => depth[a]! - depth[b]!);
  for (const state of order) {
    const up = trie.parent[state]!;
    fail[state] = up === 0 ? 0 : next(fail[up]!, byteOf[state]!);
    match[state] = Math.max(match[state]!, match[fail[state]!]!);
  }
  return { patterns, depth, patternOf: trie.patternOf, match, fromRoot, next };
}

function buildTrie(patterns: readonly Uint8Array[]) {
  const room = patterns.reduce((sum, pattern) => sum + pattern.length, 1);
  const column = () => new Int32Array(room);
  const trie = {
    size: 1,
    depth: column(),
    patternOf: column(),
    match: column(),
    parent: column(),
    firstChild: column(),
    sibling: column(),
    fail: column(),
    byteOf: new Uint8Array(room),
    fromRoot: new Int32Array(256),
  };
  const { firstChild, sibling, byteOf } = trie;
  const childOf = (state: number, byte: number): number => {
    if (state === 0) return trie.fromRoot[byte]!;
    let child = firstChild[state]!;
    while (child !== 0 && byteOf[child] !== byte) child = sibling[child]!;
    return child;
  };
  const addChild = (state: number, byte: number, pattern: number): number => {
    const child = trie.size++;
    if (state === 0) trie.fromRoot[byte] = child;
    else {
      sibling[child] = firstChild[state]!;
      firstChild[state] = child;
    }
    byteOf[child] = byte;
    trie.parent[child] = state;
    trie.depth[child] = trie.depth[state]! + 1;
    trie.patternOf[child] = pattern;
    return child;
  };
  patterns.forEach((pattern, index) => {
    let state = 0;
    for (const byte of pattern) state = childOf(state, byte) || addChild(state, byte, index);
    trie.match[state] = trie.depth[state]!;
  });
  return trie;
}
