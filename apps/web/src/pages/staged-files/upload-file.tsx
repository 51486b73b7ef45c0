import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { useId, useState } from "react";

import "#pages/parts/forms.css";
import { putStagedFile } from "#api/put-staged-file.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { stagedFilesStrings } from "#pages/strings/staged-files-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Field, fieldProps } from "#ui/field.tsx";
import { TextField } from "#ui/text-field.tsx";
import { showToast } from "#ui/toasts.ts";

const words = stagedFilesStrings.form;

/** Puts a file here ahead of the jobs that name it. */
export function UploadFile({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [id, setId] = useState("");
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const upload = useMutation({
    mutationFn: async (wanted: { readonly id: string; readonly file: File }) => putStagedFile(wanted.id, wanted.file),
    onSuccess: async () => {
      showToast({ title: words.done(id.trim()), state: "succeeded" });
      onClose();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: StagedFileService, cardinality: undefined }),
      });
    },
  });
  const choose = (chosen: File | undefined) => {
    setFile(chosen);
    if (chosen && id.trim() === "") setId(chosen.name);
  };
  const submit = () => {
    setTried(true);
    if (file && id.trim() !== "" && !upload.isPending) upload.mutate({ id: id.trim(), file });
  };
  const actions = (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <Button type="submit" variant="primary" busy={upload.isPending}>
        {words.confirm}
      </Button>
    </>
  );
  return (
    <Dialog open title={words.title} lead={words.lead} actions={actions} onClose={onClose} onSubmit={submit}>
      <FileField error={tried && !file ? words.missingFile : undefined} onChange={choose} />
      <TextField
        mono
        label={words.id}
        hint={words.idHint}
        placeholder="model.py"
        value={id}
        error={tried && id.trim() === "" ? words.missingId : undefined}
        onChange={setId}
      />
      {upload.error && (
        <p role="alert" className="hint hint--error">
          {upload.error.message || words.failed}
        </p>
      )}
    </Dialog>
  );
}

function FileField(props: { readonly error: string | undefined; readonly onChange: (file: File | undefined) => void }) {
  const id = useId();
  const text = { label: words.file, error: props.error };
  return (
    <Field id={id} {...text}>
      <input type="file" {...fieldProps(id, text)} onChange={({ target }) => props.onChange(target.files?.[0])} />
    </Field>
  );
}
