import { useQuery } from "@connectrpc/connect-query";
import type { ProjectTask } from "@tributary/proto/tributary/v1/projects_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";

import { links } from "#pages/links.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { Link } from "#ui/link.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** What keeps a task from running: a fault of its definition, a secret that does not exist. */
export function Obstacles({ task }: { readonly task: ProjectTask }) {
  const words = runStrings;
  const secrets = useQuery(SecretService.method.listSecrets, {}, { enabled: task.secrets.length > 0 });
  const known = new Set(secrets.data?.secrets.map(({ key }) => key));
  const missing = secrets.data ? task.secrets.filter(({ key }) => !known.has(key)) : [];
  if (task.problem === "" && missing.length === 0) return null;
  return (
    <ul className="steps">
      {task.problem !== "" && (
        <li>
          <StateGlyph state="failed" />
          <span>{task.problem}</span>
        </li>
      )}
      {missing.map(({ key }) => (
        <li key={key}>
          <StateGlyph state="problem" />
          <span>
            {words.missingSecret(key)}{" "}
            <Link className="link" href={links.newSecret(key)}>
              {words.createSecret}
            </Link>
          </span>
        </li>
      ))}
    </ul>
  );
}
