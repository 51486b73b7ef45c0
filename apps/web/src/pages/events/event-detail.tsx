import type { AuditEvent } from "@tributary/proto/tributary/v1/audit_pb";

import { toMs } from "#api/time.ts";
import { formatDateTime } from "#lib/format.ts";
import { type EventTarget, type NameOf, targetsOf } from "#pages/events/event-targets.ts";
import { links } from "#pages/links.ts";
import { eventsStrings } from "#pages/strings/events-strings.ts";
import { KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";

const words = eventsStrings;

/** All that is kept of one event, and the way to others like it. */
export function EventDetail(props: { readonly event: AuditEvent; readonly nameOf: NameOf }) {
  const { event, nameOf } = props;
  const at = toMs(event.time);
  const items = [
    { key: "time", label: words.columns.time, value: at !== undefined && formatDateTime(at) },
    { key: "rpc", label: words.rpc, value: <Same href={links.events({ rpc: event.rpc })}>{event.rpc}</Same> },
    { key: "outcome", label: words.columns.outcome, value: <code>{event.outcome}</code> },
    {
      key: "who",
      label: words.columns.who,
      value:
        event.principal === "" ? (
          words.nobody
        ) : (
          <Same href={links.events({ who: event.principal })}>{event.principal}</Same>
        ),
    },
    { key: "from", label: words.columns.from, value: event.address === "" ? words.here : event.address },
    ...targetsOf(event, nameOf).map((target, index) => ({
      key: `target ${index}`,
      label: words.columns.target,
      note: target.field,
      value: <Target target={target} />,
    })),
    ...(event.requestId === ""
      ? []
      : [{ key: "request", label: words.request, note: words.inServerLog, value: <code>{event.requestId}</code> }]),
  ];
  return (
    <div className="row-detail event-detail">
      <KeyValues items={items} />
    </div>
  );
}

/** A value that leads to the events which share it. */
function Same({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <span className="row event-same">
      <code>{children}</code>
      <Link className="link small" href={href} aria-label={words.allOf(children)}>
        {words.all}
      </Link>
    </span>
  );
}

function Target({ target: { text, href } }: { readonly target: EventTarget }) {
  if (href === undefined) return <code>{text}</code>;
  return (
    <Link className="link" href={href}>
      {text}
    </Link>
  );
}
