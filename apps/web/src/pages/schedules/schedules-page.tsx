import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { useMemo } from "react";

import "#pages/parts/pages.css";
import "#pages/schedules/schedules.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { inProject, useProject } from "#pages/parts/use-project.ts";
import { PauseSchedule } from "#pages/schedules/pause-schedule.tsx";
import { scheduleColumns } from "#pages/schedules/schedule-columns.tsx";
import { ScheduleDetail } from "#pages/schedules/schedule-detail.tsx";
import { dayOf, weekStart } from "#pages/schedules/week.ts";
import { WeekView } from "#pages/schedules/week-view.tsx";
import { schedulesStrings } from "#pages/strings/schedules-strings.ts";
import { ButtonLink, Segmented } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/schedules");
const words = schedulesStrings;

/** What is run by the clock, when next, and what came of it. */
export function SchedulesPage() {
  const { open, pause, view, week } = route.useSearch();
  const navigate = useNavigate({ from: "/schedules" });
  const project = useProject();
  const { data, error, isRefetching, refetch } = useQuery(ScheduleService.method.listSchedules, {});
  const schedules = inProject(data?.schedules ?? [], project);
  const broken = schedules.filter(({ problem }) => problem !== "").length;
  usePage(broken > 0 ? words.tab(formatCount(broken)) : words.title, [{ label: words.title }]);
  const columns = useMemo(
    () => scheduleColumns(({ id }) => void navigate({ search: (old) => ({ ...old, pause: id }) })),
    [navigate],
  );
  const expanded = useMemo(() => new Set(open === undefined ? [] : [open]), [open]);
  const toggle = (id: string) =>
    void navigate({ search: (old) => ({ ...old, open: open === id ? undefined : id }), replace: true });
  const pausing = schedules.find(({ id }) => id === pause);
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data &&
      (project !== undefined ? (
        <NoneOfProject project={project} icon="clock" />
      ) : (
        <EmptyState
          icon="clock"
          title={words.emptyTitle}
          command={words.emptyCommand}
          actions={<ButtonLink href={links.sources()}>{words.toSources}</ButtonLink>}
        >
          {words.emptyText}
        </EmptyState>
      ))
    );
  const paused = schedules.filter((schedule) => schedule.pause).length;
  return (
    <>
      <PageHead
        title={words.title}
        lead={data ? words.lead(schedules.length, paused) : "\u00a0"}
        actions={schedules.length > 0 && <Views week={view === "week"} />}
      />
      {view === "week" && schedules.length > 0 ? (
        <WeekView start={weekStart(dayOf(week) ?? Date.now())} schedules={schedules} />
      ) : (
        <VirtualTable
          label={words.title}
          columns={columns}
          rows={schedules}
          rowKey={({ id }) => id}
          rowName={({ taskName }) => taskName}
          expanded={expanded}
          detail={({ id }) => <ScheduleDetail id={id} />}
          onOpen={({ id }) => toggle(id)}
          placeholder={placeholder}
        />
      )}
      {pausing && (
        <PauseSchedule
          schedule={pausing}
          onClose={() => void navigate({ search: (old) => ({ ...old, pause: undefined }) })}
        />
      )}
    </>
  );
}

/** The list, or the week. */
function Views({ week }: { readonly week: boolean }) {
  const navigate = useNavigate({ from: "/schedules" });
  return (
    <Segmented
      label={words.views.label}
      value={week ? "week" : "list"}
      options={[
        { value: "list", label: words.views.list },
        { value: "week", label: words.views.week },
      ]}
      onChange={(chosen) =>
        void navigate({ search: (old) => ({ ...old, view: chosen === "week" ? "week" : undefined, week: undefined }) })
      }
    />
  );
}
