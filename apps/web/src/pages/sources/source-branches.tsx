import { useQuery } from "@connectrpc/connect-query";
import { type Branch, type Commit, type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { RunButton } from "#pages/parts/run-button.tsx";
import { useBranches } from "#pages/parts/use-branches.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Button } from "#ui/button.tsx";
import { Hold } from "#ui/hold.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { QuietSelect } from "#ui/select.tsx";

const words = sourcesStrings.branches;
const few = 5;
const most = 200;

/** Branches of a source, each with its newest commit, and what leads to one of them. */
export function SourceBranches({ source }: { readonly source: Source }) {
  const { branches, more, reading, error } = useBranches(source, most);
  const [all, setAll] = useState(false);
  if (error) return <p className="problem-text">{toSentence(error)}</p>;
  if (branches.length === 0 && !reading) return null;
  return (
    <>
      <h3>{words.heading}</h3>
      {reading && <Hold rows={1} />}
      <ul className="lines">
        {(all ? branches : branches.slice(0, few)).map((branch) => (
          <BranchLine key={branch.name} source={source} branch={branch} />
        ))}
      </ul>
      {!all && branches.length > few && (
        <p>
          <Button size="small" variant="quiet" onClick={() => setAll(true)}>
            {words.all(branches.length, more)}
          </Button>
        </p>
      )}
      {all && more && <p className="dim small">{words.only(most)}</p>}
      <Commits source={source} branches={branches} />
    </>
  );
}

function BranchLine({ source, branch }: { readonly source: Source; readonly branch: Branch }) {
  return (
    <li>
      <span className="td-task grow">
        <span className="name mono">{branch.name}</span>
        {branch.isDefault && <span className="tag">{words.default}</span>}
        <span className="why">{branch.commit && <CommitText commit={branch.commit} />}</span>
      </span>
      <CommitTime commit={branch.commit} />
      {source.projectName !== "" && (
        <RunButton
          size="small"
          variant="quiet"
          aria-label={words.run(branch.name)}
          projectId={source.id}
          revision={branch.isDefault ? "" : branch.name}
        >
          {actsStrings.run}
        </RunButton>
      )}
    </li>
  );
}

function Commits({ source, branches }: { readonly source: Source; readonly branches: readonly Branch[] }) {
  const usual = branches.find(({ isDefault }) => isDefault) ?? branches[0];
  const [chosen, setChosen] = useState("");
  const branch = branches.find(({ name }) => name === chosen) ?? usual;
  // by the commit, so that the list is another one when the branch has moved
  const revision = branch?.commit?.id ?? "";
  const { data, isLoading } = useQuery(
    SourceService.method.listCommits,
    { sourceId: source.id, revision, pageSize: few },
    { enabled: revision !== "" },
  );
  return (
    <>
      <div className="heading-with">
        <h3>{words.commits}</h3>
        <QuietSelect
          label={words.commitsOf}
          value={branch?.name ?? ""}
          options={branches.map(({ name }) => ({ value: name, label: name }))}
          onChange={setChosen}
        />
      </div>
      {(isLoading || revision === "") && <Hold rows={few} />}
      <ul className="lines">
        {data?.commits.map((commit) => (
          <li key={commit.id}>
            <span className="td-task grow">
              <span className="name">{commit.subject || words.noSubject}</span>
              <span className="why">
                <code>{commit.id.slice(0, 7)}</code> {commit.author}
              </span>
            </span>
            <CommitTime commit={commit} />
          </li>
        ))}
      </ul>
    </>
  );
}

function CommitText({ commit: { id, subject } }: { readonly commit: Commit }) {
  return (
    <>
      <code>{id.slice(0, 7)}</code> {subject}
    </>
  );
}

function CommitTime({ commit }: { readonly commit: Commit | undefined }) {
  const at = toMs(commit?.commitTime);
  return <span className="num dim">{at !== undefined && <RelativeTime at={at} />}</span>;
}
