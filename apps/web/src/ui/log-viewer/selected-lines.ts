/** Positions of the drawn lines in which text is selected; undefined without a selection in `layer`. */
export function selectedLines(layer: HTMLElement): { readonly from: number; readonly to: number } | undefined {
  const selection = getSelection();
  if (selection === null || selection.isCollapsed) return undefined;
  const ends = [selection.anchorNode, selection.focusNode].map((node) => positionOf(layer, node));
  const known = ends.filter((position) => position !== undefined);
  return known.length === 0 ? undefined : { from: Math.min(...known), to: Math.max(...known) + 1 };
}

function positionOf(layer: HTMLElement, node: Node | null): number | undefined {
  if (node === null || !layer.contains(node)) return undefined;
  const element = node instanceof HTMLElement ? node : node.parentElement;
  const position = element?.closest<HTMLElement>("[data-position]")?.dataset.position;
  return position === undefined ? undefined : Number(position);
}
