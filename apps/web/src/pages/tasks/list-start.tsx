import { useState } from "react";

import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { startOf, type TaskSearch, timeOf } from "#pages/task-search.ts";
import { Button } from "#ui/button.tsx";
import { Popover } from "#ui/popover.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = tasksStrings.start;

/** Goes to a time in the list, however many tasks are before it, and back to its beginning. */
export function ListStart(props: { readonly search: TaskSearch; readonly onStart: (at: string | undefined) => void }) {
  const { search, onStart } = props;
  const [open, setOpen] = useState(false);
  const { order = "newest", at } = search;
  if (order !== "newest" && order !== "oldest") return null;
  const go = (text: string) => {
    const time = timeOf(text);
    if (time === undefined) return;
    onStart(time);
    setOpen(false);
  };
  return (
    <>
      <Popover
        label={words.title}
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button size="small" variant="quiet" icon="clock">
            {startOf(search) === undefined ? words.goTo : words.from(at?.replace("T", " ") ?? "")}
          </Button>
        }
      >
        <StartField at={at} onGo={go} />
      </Popover>
      {startOf(search) !== undefined && (
        <Button size="small" icon="to-start" onClick={() => onStart(undefined)}>
          {words[order]}
        </Button>
      )}
    </>
  );
}

function StartField({ at = "", onGo }: { readonly at: string | undefined; readonly onGo: (text: string) => void }) {
  const [text, setText] = useState(at === "" || at.includes("T") ? at : `${at}T00:00`);
  return (
    <form
      className="start-field"
      onSubmit={(event) => {
        event.preventDefault();
        onGo(text);
      }}
    >
      <TextField type="datetime-local" label={words.title} hint={words.hint} value={text} onChange={setText} />
      <Button type="submit" variant="primary" disabled={timeOf(text) === undefined}>
        {words.go}
      </Button>
    </form>
  );
}
