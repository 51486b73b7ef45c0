import { useQuery } from "@connectrpc/connect-query";
import type { Secret } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { links } from "#pages/links.ts";
import { repositoryName } from "#pages/parts/source-words.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";

const words = secretsStrings;

/** Who asks for a secret, one a line, each with the way there. */
export function SecretUsers({ secret: { key, usedByTasks, usedBySources } }: { readonly secret: Secret }) {
  const { data } = useQuery(SourceService.method.listSources, {}, { enabled: usedBySources.length > 0 });
  const userWords = (id: string) => {
    const settings = data?.sources.find((source) => source.id === id)?.settings;
    const name = repositoryName(settings?.repository ?? id);
    // one secret can be both; of these the sync fails first without it
    return settings && settings.secretKey !== key ? words.webhookUser(name) : words.sourceUser(name);
  };
  if (usedByTasks.length + usedBySources.length === 0) return <p className="faint">{words.usedByNobody}</p>;
  return (
    <ul className="steps">
      {usedByTasks.map((task) => {
        const slash = task.indexOf("/");
        const [project, name] = [task.slice(0, slash), task.slice(slash + 1)];
        return (
          <li key={`task ${task}`}>
            <Icon name="tasks" />
            <Link className="link" href={links.tasks({ project, name })}>
              {project} / {name}
            </Link>
          </li>
        );
      })}
      {usedBySources.map((id) => (
        <li key={`source ${id}`}>
          <Icon name="branch" />
          <Link className="link" href={links.source(id)}>
            {userWords(id)}
          </Link>
        </li>
      ))}
    </ul>
  );
}
