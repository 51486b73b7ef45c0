import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Schedule, ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = schedulesStrings;

/** Asks why, and holds a schedule. */
export function PauseSchedule({ schedule, onClose }: { readonly schedule: Schedule; readonly onClose: () => void }) {
  const [note, setNote] = useState("");
  const client = useQueryClient();
  const pause = useMutation(ScheduleService.method.pauseSchedule, {
    async onSuccess() {
      onClose();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: ScheduleService, cardinality: undefined }),
      });
    },
  });
  const submit = () => {
    if (!pause.isPending) pause.mutate({ id: schedule.id, note: note.trim() });
  };
  const actions = (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <ActButton method={ScheduleService.method.pauseSchedule} type="submit" variant="primary" busy={pause.isPending}>
        {words.pauseConfirm}
      </ActButton>
    </>
  );
  return (
    <Dialog
      open
      title={words.pauseTitle(schedule.taskName)}
      lead={words.pauseLead}
      onClose={onClose}
      onSubmit={submit}
      actions={actions}
    >
      <TextField
        optional
        label={words.note}
        hint={words.noteHint}
        placeholder={words.notePlaceholder}
        maxLength={500}
        value={note}
        error={pause.error ? toSentence(pause.error) : undefined}
        onChange={setNote}
      />
    </Dialog>
  );
}
