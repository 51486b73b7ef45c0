import { useEffect, useRef, useState } from "react";

import { formatCount } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";

/** Least time between two announcements, in ms: a log may grow by thousands of lines a second. */
const apart = 10_000;

/** Tells those who do not see the log how it grows: a word now and then, never the lines themselves. */
export function LogNews({ lines, ended }: { readonly lines: number; readonly ended: boolean }) {
  const newest = useRef(lines);
  newest.current = lines;
  const [told, setTold] = useState(lines);
  const behind = told !== lines;
  useEffect(() => {
    if (!behind) return;
    const timer = setTimeout(() => setTold(newest.current), ended ? 0 : apart);
    return () => clearTimeout(timer);
  }, [behind, ended]);
  const [first] = useState(lines);
  if (told === first && !ended) return null;
  return (
    <p className="vh" aria-live="polite">
      {ended ? strings.log.newsEnded(formatCount(told)) : strings.log.news(formatCount(told))}
    </p>
  );
}
