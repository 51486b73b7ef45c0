/** The drawings: one 16 by 16 path each, stroked in the colour of the text around it. */
const paths = {
  book: "M3 2h8.6c.8 0 1.4.6 1.4 1.4V14H4.4C3.6 14 3 13.4 3 12.6zM3 11.6h10M5.6 5h4.6M5.6 7.6h3",
  branch:
    "M4.5 5.5v5M4.5 5.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM4.5 14.1a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM11.5 7a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM11.5 7c0 2.5-7 1-7 3.5",
  clock: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.8V8l2.3 1.6",
  close: "m4 4 8 8m0-8-8 8",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  cube: "M8 1.6 13.8 4.8v6.4L8 14.4 2.2 11.2V4.8zM2.2 4.8 8 8l5.8-3.2M8 8v6.4",
  database: "M2.5 3.8c0-2.6 11-2.6 11 0v8.4c0 2.6-11 2.6-11 0zM2.5 3.8c0 2.6 11 2.6 11 0M2.5 8c0 2.6 11 2.6 11 0",
  down: "m4 6 4 4 4-4",
  download: "M8 2v8m-3.2-3L8 10.2 11.2 7M2.5 13.5h11",
  edit: "M10.8 2.8l2.4 2.4L5.6 12.8l-3 .6.6-3z",
  executions: "M1.5 5.5h4v5h-4zM10.5 2h4v4h-4zM10.5 10h4v4h-4zM5.5 8c3 0 2-4 5-4M5.5 8c3 0 2 4 5 4",
  external: "M9.5 2.5h4v4M13.2 2.8 7.5 8.5M6.5 3.5h-3v9h9v-3",
  eye: "M1.5 8c1.5-2.8 3.8-4.2 6.5-4.2s5 1.4 6.5 4.2c-1.5 2.8-3.8 4.2-6.5 4.2S3 10.8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  file: "M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3",
  filter: "M2.5 3.5h11L9.3 8.4v4.4l-2.6-1.3V8.4z",
  fold: "M4.8 1.8 8 5l3.2-3.2M4.8 14.2 8 11l3.2 3.2M2.5 8h11",
  flow: "M1.5 3.5c5 0 4 4.5 8 4.5h5M1.5 12.5c5 0 4-4.5 8-4.5",
  key: "M5.2 13.2a3 3 0 1 1 0-6 3 3 0 0 1 0 6zM7.4 8.2 13.6 2M10.6 5l2.4 2.4M12.4 3.2l1.6 1.6",
  left: "m10 4-4 4 4 4",
  link: "M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.4 8.9a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
  menu: "M2 4h12M2 8h12M2 12h12",
  moon: "M13.4 9.7A5.8 5.8 0 0 1 6.3 2.6a5.8 5.8 0 1 0 7.1 7.1z",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  pause: "M5 3v10M11 3v10",
  play: "M5 3.2 12.2 8 5 12.8z",
  plus: "M8 3v10M3 8h10",
  retry: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.8v3h-3",
  right: "m6 4 4 4-4 4",
  rows: "M2 3.5h12M2 6.5h12M2 9.5h12M2 12.5h12",
  screen: "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.8 10.8 14 14",
  sessions: "M2 2.5h5v5H2zM9 2.5h5v5H9zM2 9.5h5v4H2zM9 9.5h5v4H9z",
  share: "M8 10V2M5 4.6 8 1.8l3 2.8M3 8v5.5h10V8",
  sidebar: "M2 3h12v10H2zM6 3v10",
  sliders: "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.8v3.4M6 9.8v3.4",
  stop: "M4 4h8v8H4z",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  tasks: "M2 4h1.5M2 8h1.5M2 12h1.5M6 4h8M6 8h8M6 12h8",
  terminal: "M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.2h3",
  tick: "m3.5 8.4 3 3 6-6.8",
  "to-end": "M8 2.5v8M4.5 7.2 8 10.7l3.5-3.5M3 13.5h10",
  "to-start": "M8 13.5v-8M4.5 8.8 8 5.3l3.5 3.5M3 3h10",
  token: "M1.8 4.5h12.4v2.3a1.3 1.3 0 0 0 0 2.4v2.3H1.8V9.2a1.3 1.3 0 0 0 0-2.4zM9.6 4.5v7",
  trash: "M2.8 4.2h10.4M6.2 4V2.4h3.6V4M4 4.4l.6 9.2h6.8l.6-9.2M6.6 7v4M9.4 7v4",
  unfold: "M4.8 4.6 8 1.4l3.2 3.2M4.8 11.4 8 14.6l3.2-3.2M2.5 8h11",
  up: "m4 10 4-4 4 4",
  users:
    "M6 7.5a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.8 13c.3-2.6 2-4 4.2-4s3.9 1.4 4.2 4M10.5 3a2.2 2.2 0 0 1 0 4.2M12 9.4c1.3.5 2.1 1.7 2.3 3.6",
  worker: "M2 2.5h12v4.2H2zM2 9.3h12v4.2H2zM4.6 4.6h.01M4.6 11.4h.01M7 4.6h4.5M7 11.4h4.5",
  wrap: "M2 4h12M2 8h9.5a2 2 0 0 1 0 4H8m1.8-1.8L8 12l1.8 1.8M2 12h3",
} as const;

export type IconName = keyof typeof paths;

/** An icon that only decorates: whatever holds it carries the words. */
export function Icon({ name, className = "" }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg className={`i ${className}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} strokeWidth={name === "more" ? 2.2 : undefined} />
    </svg>
  );
}

/** The mark: three streams that become one, each stroke wider than the last. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeLinecap="round" aria-hidden="true">
      <path d="M2 4.5c6 0 4.6 7.5 10 7.5" strokeWidth="1.8" />
      <path d="M2 12h10" strokeWidth="1.8" />
      <path d="M5.5 20c6.5 0 5-8 11.5-8" strokeWidth="1.8" />
      <path d="M11.5 12H17" strokeWidth="2.6" />
      <path d="M17 12h4.6" strokeWidth="3.6" />
    </svg>
  );
}

/** Every icon there is, for the gallery. */
export const iconNames = Object.keys(paths).filter((name): name is IconName => name in paths);
