import type { AuditEvent } from "@tributary/proto/tributary/v1/audit_pb";

import { Fragment } from "react";

import { toMs } from "#api/time.ts";
import { type EventTarget, mainTargets, type NameOf, targetsOf } from "#pages/events/event-targets.ts";
import { eventsStrings } from "#pages/strings/events-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = eventsStrings;

/** What the list tells of each event. */
export function eventColumns(nameOf: NameOf): readonly Column<AuditEvent>[] {
  return [
    {
      id: "outcome",
      head: words.columns.outcome,
      width: "128px",
      narrow: "state",
      cell: (event) => <Outcome event={event} />,
    },
    {
      id: "time",
      head: words.columns.time,
      width: "96px",
      narrow: "end",
      cell: ({ time }) => <At at={toMs(time)} />,
    },
    {
      id: "what",
      head: words.columns.what,
      width: "minmax(150px, 250px)",
      narrow: "title",
      cell: (event) => <What event={event} />,
    },
    {
      id: "target",
      head: words.columns.target,
      width: "minmax(140px, 1fr)",
      narrow: "sub",
      cell: (event) => <Targets targets={mainTargets(targetsOf(event, nameOf))} />,
    },
    {
      id: "who",
      head: words.columns.who,
      width: "minmax(90px, 150px)",
      narrow: "note",
      cell: ({ principal }) =>
        principal === "" ? <span className="faint">{words.nobody}</span> : <Cut>{principal}</Cut>,
    },
    {
      id: "from",
      head: words.columns.from,
      width: "120px",
      minTable: 900,
      cell: ({ address }) => <span className="faint">{address === "" ? words.here : address}</span>,
    },
  ];
}

function Outcome({ event: { outcome } }: { readonly event: AuditEvent }) {
  if (outcome === "ok") return <StateLabel state="succeeded">{words.done}</StateLabel>;
  return <StateLabel state="failed">{words.refused[outcome] ?? words.failed}</StateLabel>;
}

function At({ at }: { readonly at: number | undefined }) {
  return at === undefined ? null : <RelativeTime at={at} />;
}

/** The RPC's own name; the API it belongs to beside it. */
function What({ event: { rpc, requestId } }: { readonly event: AuditEvent }) {
  const [service = "", method = rpc] = rpc.split("/");
  const api = service.split(".").slice(0, -1).join(".") || service;
  return (
    <span className="row cut" title={requestId === "" ? rpc : `${rpc}\n${words.requestId(requestId)}`}>
      <span className="medium">{method}</span> <span className="faint cut">{api}</span>
    </span>
  );
}

function Targets({ targets }: { readonly targets: readonly EventTarget[] }) {
  const title = targets.map(({ field, text }) => `${field}: ${text}`).join("\n");
  return (
    <span className="cut" title={title}>
      {targets.map(({ field, text, href }, index) => (
        <Fragment key={field}>
          {index > 0 && " · "}
          {href === undefined ? <span className="mono">{text}</span> : <Link href={href}>{text}</Link>}
        </Fragment>
      ))}
    </span>
  );
}

function Cut({ children }: { readonly children: string }) {
  return (
    <span className="cut event-who" title={children}>
      {children}
    </span>
  );
}
