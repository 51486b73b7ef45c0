import { links } from "#pages/links.ts";
import { PageBody } from "#pages/parts/page-body.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { notFoundStrings } from "#pages/strings/not-found-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";

/** For addresses that lead nowhere. */
export function NotFoundPage() {
  const words = notFoundStrings;
  usePage(words.title, [{ label: words.title }]);
  const actions = (
    <>
      <ButtonLink variant="primary" href={links.overview()}>
        {words.overview}
      </ButtonLink>
      <ButtonLink href={links.tasks()}>{words.tasks}</ButtonLink>
    </>
  );
  return (
    <>
      <PageHead title={words.title} />
      <PageBody>
        <EmptyState icon="search" title={words.lead} actions={actions}>
          {words.text}
        </EmptyState>
      </PageBody>
    </>
  );
}
