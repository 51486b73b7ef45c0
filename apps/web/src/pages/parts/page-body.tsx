import type { ReactNode } from "react";

import "#pages/parts/pages.css";

/** The part of a page between its gutters. */
export function PageBody({ children }: { readonly children: ReactNode }) {
  return <div className="page-body">{children}</div>;
}
