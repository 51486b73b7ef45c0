import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";

import { PageBody } from "#pages/parts/page-body.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { faultStrings } from "#pages/strings/fault-strings.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { PageHead } from "#ui/page-head.tsx";

/** For a page that could not be loaded or drawn. The frame around it goes on working. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  const words = faultStrings;
  usePage(words.title, [{ label: words.title }]);
  // the browser's console is where whoever mends it looks; readers get no stack
  useEffect(() => console.error(error), [error]);
  const reload = (
    <Button icon="retry" onClick={() => location.reload()}>
      {words.reload}
    </Button>
  );
  return (
    <>
      <PageHead title={words.title} />
      <PageBody>
        <ErrorState title={words.lead} onRetry={reset} actions={reload}>
          {isLost(error) ? words.lost : words.text}
        </ErrorState>
      </PageBody>
    </>
  );
}

/** A part of the page could not be fetched: the server was updated since, or is away. */
function isLost(error: unknown): boolean {
  return error instanceof Error && /dynamically imported module|module script|Failed to fetch/i.test(error.message);
}
