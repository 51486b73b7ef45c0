import { formatClock } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** Over a page that is not kept up to date: since when, and that nothing needs to be done about it. */
export function OfflineNote({ since }: { readonly since: number }) {
  return (
    <p className="offline-note">
      <StateGlyph state="problem" />
      <span>{strings.connection.offlineSince(formatClock(since))}</span>
    </p>
  );
}
