import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AuditEventSchema,
  AuditOutcome,
  type AuditService,
  type AuditFilter as WireFilter,
} from "@tributary/proto/tributary/v1/audit_pb";
import type { AuditEvent, AuditFilter } from "#core/audit/audit-event.ts";
import type { Ports } from "#core/ports/index.ts";
import { fromPageToken, toPageToken } from "#rpc/page-token.ts";

function fromEvent(event: AuditEvent): MessageInitShape<typeof AuditEventSchema> {
  const { id, at, principal, tokenId = "", address, rpc, targets, outcome, requestId } = event;
  return {
    id,
    time: timestampFromMs(at),
    principal,
    tokenId,
    address,
    rpc,
    targets: targets.map(({ field, value }) => ({ field, value })),
    outcome,
    requestId,
  };
}

function toFilter(filter: WireFilter | undefined): AuditFilter {
  if (!filter) return {};
  const { principal, rpc, outcome, text, after, before } = filter;
  return {
    ...(principal === "" ? {} : { principal }),
    ...(rpc === "" ? {} : { rpc }),
    ...(outcome === AuditOutcome.UNSPECIFIED ? {} : { ok: outcome === AuditOutcome.OK }),
    ...(text === "" ? {} : { text }),
    ...(after ? { after: timestampMs(after) } : {}),
    ...(before ? { before: timestampMs(before) } : {}),
  };
}

export function auditHandlers({ store }: Pick<Ports, "store">): ServiceImpl<typeof AuditService> {
  return {
    async listEvents(request) {
      const filter = toFilter(request.filter);
      const list = JSON.stringify(filter);
      const after = fromPageToken(request.pageToken, list);
      const { events, hasMore } = await store.view.listAuditEvents({
        filter,
        limit: request.pageSize || 100,
        ...(after ? { olderThan: String(after.value) } : {}),
      });
      const last = events.at(-1);
      return {
        events: events.map(fromEvent),
        nextPageToken: hasMore && last ? toPageToken({ value: last.id, id: 0 }, list) : "",
      };
    },
  };
}
