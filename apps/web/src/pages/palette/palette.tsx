import { useRouter } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

import "#pages/parts/pages.css";
import { ofProject } from "#pages/of-project.ts";
import { type Result, useResults } from "#pages/palette/use-results.ts";
import { useOpenRun } from "#pages/parts/use-open-run.ts";
import { paletteStrings } from "#pages/strings/palette-strings.ts";
import { copyText } from "#ui/copy-button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Icon } from "#ui/icons.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";
import { showToast } from "#ui/toasts.ts";

const words = paletteStrings;

/** One field that leads anywhere, by keys alone. */
export default function Palette({
  project,
  onClose,
  onKeys,
}: {
  /** Whose lists it leads to; undefined for all. */
  readonly project: string | undefined;
  readonly onClose: () => void;
  /** Shows the sheet of keys instead. */
  readonly onKeys: () => void;
}) {
  const id = useId();
  const router = useRouter();
  const openRun = useOpenRun();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const results = useResults(text);
  const current = Math.min(active, results.length - 1);
  const choose = (result: Result | undefined) => {
    if (result === undefined) return;
    onClose();
    const { act } = result;
    if ("href" in act) router.history.push(ofProject(act.href, project));
    else if ("copy" in act) void copy(act.copy);
    else if ("keys" in act) onKeys();
    else openRun(...act.run);
  };
  const press = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move === undefined || results.length === 0) return;
    event.preventDefault();
    setActive((current + move + results.length) % results.length);
  };
  return (
    <Dialog open title={words.title} initialFocus={field} onClose={onClose} onSubmit={() => choose(results[current])}>
      <div className="query">
        <Icon name="search" />
        <input
          ref={field}
          className="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={current < 0 ? undefined : `${id}-${current}`}
          aria-label={words.search}
          aria-description={words.keys}
          placeholder={words.search}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onKeyDown={press}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
        />
      </div>
      <ResultList id={id} results={results} current={current} onChoose={choose} />
    </Dialog>
  );
}

async function copy(text: string): Promise<void> {
  const done = await copyText(text);
  showToast(done ? { title: words.copied, text } : { title: words.copyFailed, text, state: "problem" });
}

function ResultList({
  id,
  results,
  current,
  onChoose,
}: {
  readonly id: string;
  readonly results: readonly Result[];
  readonly current: number;
  readonly onChoose: (result: Result) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <div ref={list} id={id} role="listbox" aria-label={words.results} className="palette-list">
      {results.length === 0 && <p className="dim">{words.nothing}</p>}
      {results.map((result, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: keys and focus stay in the field
        <div
          key={result.id}
          id={`${id}-${index}`}
          data-index={index}
          role="option"
          aria-selected={index === current}
          className={`menu-item ${index > 0 && results[index - 1]?.group !== result.group ? "menu-item--apart" : ""} ${index === current ? "is-active" : ""}`}
          onClick={() => onChoose(result)}
        >
          {result.state ? <StateGlyph state={result.state} /> : result.icon && <Icon name={result.icon} />}
          <span className="grow cut">{result.label}</span>
          <span className="faint small">{result.note ?? result.group}</span>
        </div>
      ))}
    </div>
  );
}
