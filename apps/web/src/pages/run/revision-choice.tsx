import { useQuery } from "@connectrpc/connect-query";
import type { Project } from "@tributary/proto/tributary/v1/projects_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { useState } from "react";

import { useBranches } from "#pages/parts/use-branches.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { Select } from "#ui/select.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = runStrings;
const synced = "";
/** No branch has a colon in its name. */
const aCommit = "commit:";

interface RevisionChoiceProps {
  readonly project: Project;
  /** A branch or a commit; empty for what was synced. */
  readonly revision: string;
  readonly error: string | undefined;
  readonly onChange: (revision: string) => void;
}

/** Which branch or commit is run of a project that has a source. */
export function RevisionChoice({ project, revision, error, onChange }: RevisionChoiceProps) {
  const { data } = useQuery(SourceService.method.getSource, { id: project.sourceId });
  const { branches } = useBranches(data?.source, 200);
  const [typing, setTyping] = useState(false);
  const [typed, setTyped] = useState(revision);
  const isBranch = branches.some(({ name }) => name === revision);
  const byCommit = typing || (revision !== synced && branches.length > 0 && !isBranch);
  const options = [
    { value: synced, label: words.synced(data?.source?.branch ?? "", project.commit.slice(0, 7)) },
    ...branches.map(({ name, commit }) => ({ value: name, label: name, hint: commit?.id.slice(0, 7) ?? "" })),
    ...(branches.length === 0 && revision !== synced ? [{ value: revision, label: revision }] : []),
    { value: aCommit, label: words.aCommit },
  ];
  const choose = (value: string) => {
    setTyping(value === aCommit);
    if (value !== aCommit) onChange(value);
  };
  const apply = () => onChange(typed.trim());
  return (
    <div className="pair pair--even">
      <Select
        label={words.revision}
        value={byCommit ? aCommit : revision}
        options={options}
        error={byCommit ? undefined : error}
        onChange={choose}
      />
      {byCommit && (
        <TextField
          mono
          label={words.commit}
          placeholder="3f2a91c"
          value={typed}
          error={error}
          onChange={setTyped}
          onBlur={apply}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            // what is to be run there must be seen before it is run
            event.preventDefault();
            apply();
          }}
        />
      )}
    </div>
  );
}
