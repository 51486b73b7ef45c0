import type { DescMethod } from "@bufbuild/protobuf";
import { Role } from "@tributary/proto/tributary/v1/tokens_pb";

import { type Obstacle, useObstacle } from "#api/use-session.ts";
import { sessionStrings } from "#pages/strings/session-strings.ts";

const words = sessionStrings;

const names: Partial<Record<Role, string>> = {
  [Role.VIEWER]: words.roles.viewer,
  [Role.RUNNER]: words.roles.runner,
  [Role.EDITOR]: words.roles.editor,
  [Role.ADMIN]: words.roles.admin,
  [Role.WORKER]: words.roles.worker,
};

export function roleName(role: Role): string {
  return names[role] ?? words.roles.unknown;
}

/** Why a button cannot be used by this reader, for its `unavailable`; undefined when it can. */
export function useWhyNot(method: DescMethod): string | undefined {
  const obstacle = useObstacle(method);
  return obstacle && whyNot(obstacle);
}

function whyNot(obstacle: Obstacle): string {
  return obstacle.kind === "role"
    ? words.needs(roleName(obstacle.needed), roleName(obstacle.role))
    : words.limited(obstacle.projects.join(", "));
}
