import { isNotFound } from "#api/errors.ts";
import { Gone, type GoneThing } from "#pages/parts/gone.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { PageHead } from "#ui/page-head.tsx";

/** The page of one thing while there is nothing to show of it: it is being read, is gone, or could not be read. */
export function AbsentPage(props: {
  readonly title: string;
  readonly gone: GoneThing;
  /** What the reading answered; `refetch` reads again. */
  readonly query: { readonly error: unknown; readonly isRefetching: boolean; readonly refetch: () => unknown };
  /** The address alone says that there is no such thing. */
  readonly never?: boolean;
}) {
  const { title, gone, query, never = false } = props;
  const isGone = never || isNotFound(query.error);
  return (
    <>
      <PageHead title={title} />
      <PageBody>
        {isGone && <Gone {...gone} />}
        {!isGone && query.error != null && (
          <LoadError error={query.error} busy={query.isRefetching} onRetry={() => void query.refetch()} />
        )}
      </PageBody>
    </>
  );
}
