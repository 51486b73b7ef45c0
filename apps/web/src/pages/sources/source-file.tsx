import { useQuery } from "@connectrpc/connect-query";
import { type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { FileText, problemCount } from "#pages/parts/file-text.tsx";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";

/** The project file that a source cannot be read by, with what is wrong in it. */
export function SourceFile({ source }: { readonly source: Source }) {
  const { data } = useQuery(
    SourceService.method.readFile,
    { sourceId: source.id, revision: source.seenCommit },
    { enabled: source.seenFile !== "", retry: false },
  );
  if (!data || data.text === "") return null;
  return (
    <>
      <h3 className="mono">{data.path}</h3>
      <p className="dim small">
        {sourcesStrings.fileAt(data.commit?.id.slice(0, 7) ?? "")}, {problemCount(data.problems)}
      </p>
      <FileText text={data.text} name={data.path} problems={data.problems} />
    </>
  );
}
