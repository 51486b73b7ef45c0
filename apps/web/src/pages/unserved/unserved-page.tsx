import "#pages/parts/pages.css";
import { links } from "#pages/links.ts";
import { PageBody } from "#pages/parts/page-body.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { unservedStrings } from "#pages/strings/unserved-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import type { IconName } from "#ui/icons.tsx";
import { PageHead } from "#ui/page-head.tsx";

/** The place of what comes over an API that this server does not serve: says so, and where else to look. */
export function UnservedPage({
  words,
  icon,
}: {
  readonly words: typeof unservedStrings.executions | typeof unservedStrings.sessions;
  readonly icon: IconName;
}) {
  usePage(words.title, [{ label: words.title }]);
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <PageBody>
        <EmptyState
          icon={icon}
          title={words.empty}
          actions={<ButtonLink href={links.tasks()}>{unservedStrings.toTasks}</ButtonLink>}
        >
          {words.text}
        </EmptyState>
      </PageBody>
    </>
  );
}
