import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { MissedTicks, type Schedule, ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";

import { toSentence } from "#api/errors.ts";
import { links } from "#pages/links.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Menu, type MenuAction } from "#ui/menu.tsx";
import { showToast } from "#ui/toasts.ts";

const words = schedulesStrings;

interface ActsProps {
  readonly schedule: Schedule;
  readonly onPause: (schedule: Schedule) => void;
}

/** Runs the task now, and holds or changes its schedule. */
export function ScheduleActs({ schedule, onPause }: ActsProps) {
  const { id, taskName } = schedule;
  const router = useRouter();
  const run = useMutation(ScheduleService.method.runScheduleNow, {
    onSuccess: ({ task }) =>
      showToast({
        title: words.started(taskName),
        state: "queued",
        ...(task && { action: { label: actsStrings.openTask, onAct: () => router.history.push(links.task(task.id)) } }),
      }),
    onError: (error) => showToast({ title: words.startFailed, text: toSentence(error), state: "failed" }),
  });
  const whyNot = useWhyNot(ScheduleService.method.runScheduleNow);
  const items = useMenuItems(schedule, onPause);
  return (
    <span className="row row--end">
      <Button size="small" variant="quiet" busy={run.isPending} unavailable={whyNot} onClick={() => run.mutate({ id })}>
        {words.runNow}
      </Button>
      <Menu trigger={<IconButton size="small" icon="more" label={words.more(taskName)} />} items={items} />
    </span>
  );
}

function useMenuItems(schedule: Schedule, onPause: ActsProps["onPause"]): readonly MenuAction[] {
  const { id, pause, missedTicks } = schedule;
  const client = useQueryClient();
  const options = {
    onSuccess: () =>
      client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: ScheduleService, cardinality: undefined }),
      }),
    onError: (error: unknown) => showToast({ title: words.changeFailed, text: toSentence(error), state: "failed" }),
  };
  const resume = useMutation(ScheduleService.method.resumeSchedule, options);
  const update = useMutation(ScheduleService.method.updateSchedule, options);
  const whyNot = useWhyNot(ScheduleService.method.pauseSchedule);
  const closed = { disabled: whyNot !== undefined, ...(whyNot === undefined ? {} : { hint: whyNot }) };
  const skips = missedTicks === MissedTicks.SKIP;
  return [
    pause
      ? {
          id: "resume",
          label: words.resume,
          hint: words.resumeHint,
          icon: "play",
          onSelect: () => resume.mutate({ id }),
          ...closed,
        }
      : { id: "pause", label: words.pause, icon: "pause", onSelect: () => onPause(schedule), ...closed },
    {
      id: "missed",
      label: skips ? words.runLatest : words.skip,
      hint: skips ? words.runLatestHint : words.skipHint,
      icon: "clock",
      apart: true,
      onSelect: () => update.mutate({ id, missedTicks: skips ? MissedTicks.RUN_LATEST : MissedTicks.SKIP }),
      ...closed,
    },
  ];
}
