import type { Secret, SecretVersion } from "@tributary/proto/tributary/v1/secrets_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";

/** Who read a secret, or one version of it, last. */
export function LastRead({
  read,
}: {
  readonly read: Pick<Secret | SecretVersion, "lastReadTime" | "lastReadByTaskId">;
}) {
  const at = toMs(read.lastReadTime);
  if (at === undefined) return <span className="faint">{sourcesStrings.columns.never}</span>;
  return (
    <span className="cut">
      {read.lastReadByTaskId > 0 ? (
        <Link className="mono" href={links.task(read.lastReadByTaskId)}>
          #{read.lastReadByTaskId}
        </Link>
      ) : (
        secretsStrings.columns.sync
      )}{" "}
      <span className="faint">
        <RelativeTime at={at} suffix={sourcesStrings.ago} />
      </span>
    </span>
  );
}
