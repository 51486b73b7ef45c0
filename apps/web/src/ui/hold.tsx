import type { CSSProperties } from "react";

/** Keeps the room of so many rows while they are read, so that what is below them does not move. */
export function Hold({ rows }: { readonly rows: number }) {
  const style: CSSProperties & { "--rows": number } = { "--rows": rows };
  return <div className="hold" style={style} aria-hidden="true" />;
}
