import { formatCount } from "#lib/format.ts";
import { aroundChoices, type LogFilter, wholeLog } from "#lib/log-filter.ts";
import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { QuietSelect } from "#ui/select.tsx";

interface FilterNoteProps {
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
  /** Lines that are shown, and those that there are. */
  readonly shown: number;
  readonly total: number;
  /** What is searched for. */
  readonly text: string;
  /** Not all that the filter means can be shown, and why. */
  readonly problem: string | undefined;
}

/** Says which lines of the log are left, and how to have all of them again. */
export function FilterNote({ filter, onFilter, shown, total, text, problem }: FilterNoteProps) {
  const around = String(filter.around);
  return (
    <div className="logfilter">
      <span role="status">
        {strings.log.shown(formatCount(shown), formatCount(total))}
        <b>{filterWords(filter, text)}</b>
        {problem !== undefined && <span className="hits--bad">{problem}</span>}
      </span>
      {filter.only.length > 0 && (
        <QuietSelect
          label={strings.log.around}
          value={around}
          options={[...new Set([...aroundChoices, filter.around])]
            .sort((a, b) => a - b)
            .map((lines) => ({ value: String(lines), label: strings.log.aroundLines(lines) }))}
          onChange={(lines) => onFilter({ ...filter, around: Number(lines) })}
        />
      )}
      <Button size="small" variant="quiet" icon="close" onClick={() => onFilter(wholeLog)}>
        {strings.log.showAll}
      </Button>
    </div>
  );
}

function filterWords({ stream, only }: LogFilter, text: string): string {
  const parts = only.flatMap((part) => {
    if (part !== "hits") return [strings.log.onlyParts[part]];
    return text === "" ? [] : [strings.log.onlyHits(text)];
  });
  const words = [...(stream === undefined ? [] : [strings.log.streams[stream]]), ...parts];
  return words.join(", ");
}
