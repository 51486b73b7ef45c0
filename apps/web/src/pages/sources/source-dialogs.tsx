import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { dropSource, showSource } from "#api/show-change.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { repositoryName } from "#pages/parts/source-words.ts";
import { SourceForm } from "#pages/sources/source-form.tsx";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";

const words = sourcesStrings;

interface DialogProps {
  readonly onClose: () => void;
}

/** Adds a repository and goes to it. */
export function AddSource({ onClose }: DialogProps) {
  const client = useQueryClient();
  const router = useRouter();
  const create = useMutation(SourceService.method.createSource, {
    onSuccess: ({ source }) => {
      showSource(client, source);
      if (source) router.history.push(links.source(source.id));
    },
  });
  return (
    <SourceForm
      title={words.add}
      lead={words.addLead}
      confirm={words.addConfirm}
      initial={{
        repository: "",
        username: "",
        secretKey: "",
        syncInterval: "",
        runSchedules: false,
        webhookSecretKey: "",
      }}
      busy={create.isPending}
      error={create.error}
      onSubmit={(settings) => create.mutate({ settings })}
      onClose={onClose}
    />
  );
}

/** Changes the settings of a source. */
export function EditSource({ source, onClose }: DialogProps & { readonly source: Source }) {
  const client = useQueryClient();
  const update = useMutation(SourceService.method.updateSource, {
    onSuccess: (answer) => {
      showSource(client, answer.source);
      onClose();
    },
  });
  const {
    repository = "",
    username = "",
    secretKey = "",
    syncInterval = "",
    runSchedules = false,
    webhookSecretKey = "",
  } = source.settings ?? {};
  return (
    <SourceForm
      title={words.edit(repositoryName(repository))}
      lead={words.editLead}
      confirm={words.editConfirm}
      initial={{ repository, username, secretKey, syncInterval, runSchedules, webhookSecretKey }}
      busy={update.isPending}
      error={update.error}
      onSubmit={(settings) => update.mutate({ id: source.id, settings })}
      onClose={onClose}
    />
  );
}

/** Asks before a source is removed, and says what goes and what stays. */
export function DeleteSource({ source, onClose }: DialogProps & { readonly source: Source }) {
  const client = useQueryClient();
  const router = useRouter();
  const remove = useMutation(SourceService.method.deleteSource, {
    onSuccess: () => {
      dropSource(client, source.id);
      router.history.push(links.sources());
    },
  });
  const name = repositoryName(source.settings?.repository ?? source.id);
  return (
    <ConfirmDialog
      open
      danger
      title={words.remove(name)}
      confirm={words.removeConfirm}
      keep={words.removeKeep}
      busy={remove.isPending}
      error={remove.error && toSentence(remove.error)}
      onConfirm={() => !remove.isPending && remove.mutate({ id: source.id })}
      onClose={onClose}
    >
      {source.taskNames.length > 0 && <p>{words.removeTasks(formatCount(source.taskNames.length))}</p>}
      <p>{words.removeText}</p>
    </ConfirmDialog>
  );
}
