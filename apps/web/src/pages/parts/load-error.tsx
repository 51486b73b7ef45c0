import { toProblem } from "#api/errors.ts";
import { ErrorState } from "#ui/error-state.tsx";

/** What stands where something could not be read: what happened, and the button that tries again. */
export function LoadError(props: { readonly error: unknown; readonly busy?: boolean; readonly onRetry: () => void }) {
  const { title, message } = toProblem(props.error);
  return (
    <ErrorState title={title} busy={props.busy} onRetry={props.onRetry}>
      {message}
    </ErrorState>
  );
}
