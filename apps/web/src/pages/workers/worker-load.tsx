import { workersStrings as words } from "#pages/strings/workers-strings.ts";
import { Meter } from "#ui/meter.tsx";

/** How much of a machine's processors or memory is reserved and, where it says so, in use. */
export function WorkerLoad(props: {
  readonly name: string;
  readonly online: boolean;
  readonly all: number;
  readonly held: number;
  /** Unset for a machine that does not say. */
  readonly used: number | undefined;
  readonly text: string;
  readonly show: (amount: number) => string;
}) {
  const { name, online, all, held, used, text, show } = props;
  if (!online || all === 0) return null;
  const said = [
    words.reservedOf(`${show(held)} ${words.of} ${show(all)}`),
    used === undefined ? "" : words.usedOf(show(used)),
  ];
  return (
    <span className="held-cell" title={said.filter(Boolean).join(", ")}>
      <Meter label={name} held={held / all} used={(used ?? 0) / all} />
      <span className="tn dim small cut">{text}</span>
    </span>
  );
}

/** What the two shades of the meters are. */
export function LoadLegend() {
  return (
    <span className="load-legend s-running">
      <i className="held" /> {words.reserved}
      <i /> {words.used}
    </span>
  );
}
