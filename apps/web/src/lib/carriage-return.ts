/** A line as it stood at its end, and how many earlier versions of it were written over. */
export interface Folded {
  readonly text: string;
  readonly folded: number;
}

/**
 * Folds rewrites of one line, as progress bars make them, into the last version. A return at the end belongs to the
 * line's ending. Backspaces take back the character before them.
 */
export function foldCarriageReturns(text: string): Folded {
  if (!text.includes("\r")) return { text: takeBack(text), folded: 0 };
  const versions = text.split("\r").filter((version) => version !== "");
  return { text: takeBack(versions.at(-1) ?? ""), folded: Math.max(0, versions.length - 1) };
}

function takeBack(text: string): string {
  if (!text.includes("\b")) return text;
  const kept: string[] = [];
  for (const character of text) {
    if (character !== "\b") kept.push(character);
    else kept.pop();
  }
  return kept.join("");
}
