import type { Label } from "@tributary/proto/tributary/v1/tasks_pb";

import { links } from "#pages/links.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { Link } from "#ui/link.tsx";

const words = tasksStrings.label;

/** The labels of a task, each leading to the tasks that have it too. */
export function LabelLinks({
  labels,
  most = labels.length,
}: {
  readonly labels: readonly Label[];
  readonly most?: number;
}) {
  const texts = labels.map(({ key, value }) => `${key}=${value}`);
  const left = texts.slice(most);
  return (
    <span className="label-links">
      {texts.slice(0, most).map((text) => (
        <Link key={text} className="label-link" href={links.tasks({ label: [text] })} title={words.show(text)}>
          {text}
        </Link>
      ))}
      {left.length > 0 && (
        <span className="faint" title={left.join("\n")}>
          {words.others(left.length)}
        </span>
      )}
    </span>
  );
}
