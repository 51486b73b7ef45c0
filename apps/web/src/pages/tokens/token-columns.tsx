import { Role, type Token, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { roleName } from "#pages/parts/role-words.ts";
import { tokensStrings } from "#pages/strings/tokens-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import { useNow } from "#ui/use-now.ts";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = tokensStrings;

export type TokenState = "active" | "expired" | "revoked";

export function stateOfToken({ revokeTime, expireTime }: Token, now: number): TokenState {
  if (revokeTime) return "revoked";
  const end = toMs(expireTime);
  return end !== undefined && end <= now ? "expired" : "active";
}

/** What the list tells of each token, and the button that takes it back. */
export function tokenColumns(onRevoke: (token: Token) => void): readonly Column<Token>[] {
  return [
    {
      id: "state",
      head: words.columns.state,
      width: "104px",
      narrow: "state",
      cell: (token) => <State token={token} />,
    },
    {
      id: "name",
      head: words.columns.name,
      width: "minmax(140px, 1fr)",
      narrow: "title",
      cell: (token) => <Name token={token} />,
    },
    {
      id: "role",
      head: words.columns.role,
      width: "132px",
      narrow: "sub",
      cell: ({ role, clientDialect }) => <RoleOf role={roleName(role)} clients={clientDialect} />,
    },
    {
      id: "scope",
      head: words.columns.scope,
      width: "minmax(110px, 220px)",
      minTable: 760,
      cell: (token) => (token.role === Role.WORKER ? <WorkerScope token={token} /> : <Projects token={token} />),
    },
    {
      id: "created",
      head: words.columns.created,
      width: "190px",
      minTable: 1000,
      cell: (token) => <Made token={token} />,
    },
    {
      id: "lastUsed",
      head: words.columns.lastUsed,
      width: "96px",
      narrow: "note",
      cell: ({ lastUsedTime }) => <At at={toMs(lastUsedTime)} never={words.neverUsed} />,
    },
    {
      id: "expires",
      head: words.columns.expires,
      width: "96px",
      minTable: 640,
      cell: ({ expireTime }) => <At at={toMs(expireTime)} />,
    },
    {
      id: "acts",
      head: <span className="vh">{words.columns.acts}</span>,
      width: "92px",
      narrow: "end",
      cell: (token) => <Revoke token={token} onRevoke={onRevoke} />,
    },
  ];
}

const looks = { active: "succeeded", expired: "idle", revoked: "cancelled" } as const;

function State({ token }: { readonly token: Token }) {
  const state = stateOfToken(
    token,
    useNow(() => 20_000),
  );
  return <StateLabel state={looks[state]}>{words[state]}</StateLabel>;
}

function Name({ token: { name, sessionCount, revokedBy } }: { readonly token: Token }) {
  const note = revokedBy === "" ? sessionCount > 0 && words.sessions(sessionCount) : words.revokedBy(revokedBy);
  return (
    <span className="row">
      <span className="medium cut" title={name}>
        {name}
      </span>
      {note && <span className="faint cut">{note}</span>}
    </span>
  );
}

function RoleOf({ role, clients }: { readonly role: string; readonly clients: string }) {
  const note = clients === "scitq" ? words.clients.scitq : clients;
  return (
    <span className="row cut" title={note === "" ? undefined : `${role} · ${note}`}>
      {role} {note !== "" && <span className="faint cut">{note}</span>}
    </span>
  );
}

/** Which worker it belongs to, or which may have it. */
function WorkerScope({ token: { workerName, workerId, manyWorkers } }: { readonly token: Token }) {
  const text = workerName === "" ? words.itsWorker : words.workerOf(workerName);
  if (workerId !== "") {
    return (
      <Link className="cut" href={links.worker(workerId)}>
        {text}
      </Link>
    );
  }
  if (workerName !== "") return <span className="cut">{text}</span>;
  return <span className="faint cut">{manyWorkers ? words.manyWorkers : words.anyWorker}</span>;
}

function Projects({ token: { projectNames: names } }: { readonly token: Token }) {
  if (names.length === 0) return <span className="faint">{words.allProjects}</span>;
  const text = names.join(", ");
  return (
    <span className="cut" title={text}>
      {text}
    </span>
  );
}

function Made({ token: { createTime, createdBy } }: { readonly token: Token }) {
  return (
    <span className="row cut">
      <At at={toMs(createTime)} /> <span className="faint cut">{words.by(createdBy)}</span>
    </span>
  );
}

function At({ at, never = words.never }: { readonly at: number | undefined; readonly never?: string }) {
  return at === undefined ? <span className="faint">{never}</span> : <RelativeTime at={at} />;
}

function Revoke({ token, onRevoke }: { readonly token: Token; readonly onRevoke: (token: Token) => void }) {
  if (stateOfToken(token, Date.now()) !== "active") return null;
  return (
    <ActButton
      method={TokenService.method.revokeToken}
      size="small"
      variant="quiet"
      aria-label={words.revokeOf(token.name)}
      onClick={() => onRevoke(token)}
    >
      {words.revoke}
    </ActButton>
  );
}
