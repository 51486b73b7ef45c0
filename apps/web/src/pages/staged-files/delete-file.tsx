import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";

import { toSentence } from "#api/errors.ts";
import { stagedFilesStrings } from "#pages/strings/staged-files-strings.ts";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";

const words = stagedFilesStrings.deleting;

/** Deletes a file that no job needs, once more asked. */
export function DeleteFile({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation(StagedFileService.method.deleteStagedFile, {
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: StagedFileService, cardinality: undefined }),
      });
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      busy={remove.isPending}
      title={words.title(id)}
      confirm={words.confirm}
      keep={words.keep}
      error={remove.error ? toSentence(remove.error) : undefined}
      onConfirm={() => !remove.isPending && remove.mutate({ id })}
      onClose={onClose}
    >
      {words.text}
    </ConfirmDialog>
  );
}
