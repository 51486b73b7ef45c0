import type { AuditEvent, AuditTarget } from "@tributary/proto/tributary/v1/audit_pb";
import { Role } from "@tributary/proto/tributary/v1/tokens_pb";

import { links } from "#pages/links.ts";
import { roleName } from "#pages/parts/role-words.ts";

/** What people call a project or a source, as its id tells them nothing; undefined for one that is gone. */
export type NameOf = (kind: "project" | "source", id: string) => string | undefined;

/** What an event was about, as readers know it. */
export interface EventTarget {
  readonly field: string;
  readonly text: string;
  /** Its page; undefined for what has none. */
  readonly href: string | undefined;
}

type Kind = "task" | "project" | "source" | "secret" | "worker" | "schedule" | "model" | "token" | "file";

/** What `id`, `key` and `name` alone mean, by the service that was called. */
const ofService: Readonly<Record<string, Kind>> = {
  TaskService: "task",
  TaskQueue: "task",
  ProjectService: "project",
  SourceService: "source",
  SecretService: "secret",
  WorkerService: "worker",
  ScheduleService: "schedule",
  ModelService: "model",
  TokenService: "token",
  StagedFileService: "file",
};

const addresses: Readonly<Record<Kind, (id: string) => string>> = {
  task: (id) => links.task(Number(id)),
  project: links.project,
  source: links.source,
  secret: links.secret,
  worker: links.worker,
  schedule: links.schedules,
  model: links.model,
  token: links.tokens,
  file: links.stagedFiles,
};

/** What a row tells: names that were given to what has a number are left to the details. */
export function mainTargets(targets: readonly EventTarget[]): readonly EventTarget[] {
  return targets.filter(({ field, href }) => href !== undefined || !field.includes("."));
}

/** What an event was about, what has a page first. */
export function targetsOf(event: AuditEvent, nameOf: NameOf): readonly EventTarget[] {
  const service = event.rpc.split("/")[0]?.split(".").at(-1) ?? "";
  const all = event.targets.map((target) => toTarget(target, kindOf(target, service), nameOf));
  return [...all.filter(({ href }) => href !== undefined), ...all.filter(({ href }) => href === undefined)];
}

function toTarget({ field, value }: AuditTarget, kind: Kind | undefined, nameOf: NameOf): EventTarget {
  if (kind === undefined) return { field, text: field === "role" ? roleWord(value) : value, href: undefined };
  return { field, text: textOf(kind, value, nameOf), href: addresses[kind](value) };
}

/** Events keep a role as the protocol spells it: `ROLE_EDITOR`. */
function roleWord(value: string): string {
  const role = Role[value.replace(/^ROLE_/, "") as keyof typeof Role];
  return role === undefined ? value : roleName(role);
}

function textOf(kind: Kind, value: string, nameOf: NameOf): string {
  if (kind === "task") return `#${value}`;
  if (kind === "project" || kind === "source") return nameOf(kind, value) ?? value;
  const slash = value.indexOf("/");
  const project = kind === "schedule" && slash > 0 ? nameOf("project", value.slice(0, slash)) : undefined;
  return project === undefined ? value : `${project}${value.slice(slash)}`;
}

/** Of which kind a value is the id; undefined where it is none. */
function kindOf({ field, value }: AuditTarget, service: string): Kind | undefined {
  const path = field.toLowerCase().replaceAll("_", "");
  const [name = "", owner = ""] = path.split(".").reverse();
  const isNumber = /^\d+$/.test(value);
  if (name === "taskid" || (name === "id" && owner === "task")) return isNumber ? "task" : undefined;
  if (name === "projectid") return "project";
  if (name === "workerid") return "worker";
  if (name === "scheduleid") return "schedule";
  const kind = ofService[service];
  const isItsId = name === (kind === "secret" ? "key" : "id") && (owner === "" || owner === kind);
  return isItsId && (kind !== "task" || isNumber) ? kind : undefined;
}
