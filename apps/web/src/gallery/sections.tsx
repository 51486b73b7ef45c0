import type { ComponentType } from "react";
import type { NavGroup } from "#ui/nav-rail.tsx";
import { ControlsPage } from "./controls-page.tsx";
import { TablePage } from "./table-page.tsx";
import { TaskPage } from "./task-page.tsx";
import { WordsPage } from "./words-page.tsx";

interface Section {
  readonly id: string;
  readonly label: string;
  readonly fill: boolean;
  readonly Page: ComponentType;
}

export const sections: readonly Section[] = [
  { id: "controls", label: "Controls", fill: false, Page: ControlsPage },
  { id: "words", label: "States and words", fill: false, Page: WordsPage },
  { id: "table", label: "Table", fill: true, Page: TablePage },
  { id: "task", label: "Attempts and log", fill: true, Page: TaskPage },
];

/** The navigation as the real pages will fill it; only the gallery's own pages lead anywhere. */
export function galleryNav(current: string): readonly NavGroup[] {
  const is = (id: string) => id === current;
  return [
    { items: [{ href: "#controls", label: "Overview", icon: "flow", current: is("controls") }] },
    {
      title: "Work",
      items: [
        { href: "#table", label: "Tasks", icon: "tasks", count: "212", state: "running", current: is("table") },
        { href: "#task", label: "Executions", icon: "executions", count: "4", current: is("task") },
        { href: "#sessions", label: "Sessions", icon: "sessions", count: "2" },
        { href: "#schedules", label: "Schedules", icon: "clock" },
      ],
    },
    {
      title: "Projects",
      items: [
        { href: "#words", label: "Sources", icon: "branch", count: "1", state: "failed", current: is("words") },
        { href: "#models", label: "Models", icon: "cube" },
        { href: "#data", label: "Data sets", icon: "database" },
      ],
    },
    {
      title: "Platform",
      items: [
        { href: "#workers", label: "Workers", icon: "worker" },
        { href: "#secrets", label: "Secrets", icon: "key" },
        { href: "#tokens", label: "Tokens", icon: "token" },
        { href: "#events", label: "Events", icon: "book" },
        { href: "#settings", label: "Settings", icon: "sliders" },
      ],
    },
  ];
}
