import { useState } from "react";

import { Board, Panel } from "#ui/board.tsx";
import { Button, ButtonGroup, ButtonLink, IconButton, Segmented } from "#ui/button.tsx";
import { Checkbox, Switch } from "#ui/checkbox.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Menu } from "#ui/menu.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { Popover } from "#ui/popover.tsx";
import { QuietSelect, Select } from "#ui/select.tsx";
import { SecretField, TextArea, TextField } from "#ui/text-field.tsx";
import { showToast } from "#ui/toasts.ts";

const zones = [
  { value: "local", label: "Local time" },
  { value: "utc", label: "UTC" },
] as const;

/** Buttons, fields and what opens over the page. */
export function ControlsPage() {
  return (
    <>
      <PageHead
        title="212 running, 17 failed since yesterday"
        lead="Nine wait for something a person can fix. One source cannot be read."
        actions={<Range />}
      />
      <Board>
        <Panel title="Buttons" span={6}>
          <Buttons />
        </Panel>
        <Panel title="Fields" span={6}>
          <Fields />
        </Panel>
        <Panel title="Over the page" sub="dialogs rise from the foot when narrow">
          <Floats />
        </Panel>
      </Board>
    </>
  );
}

function Range() {
  const [range, setRange] = useState("24h");
  const options = [
    { value: "1h", label: "1 h" },
    { value: "24h", label: "24 h" },
    { value: "7d", label: "7 d" },
  ];
  return <Segmented label="Range" value={range} options={options} onChange={setRange} />;
}

function Buttons() {
  const row = { display: "flex", gap: 8, flexWrap: "wrap", marginTop: 8 } as const;
  return (
    <>
      <div style={row}>
        <Button>Sync all</Button>
        <Button variant="primary" icon="plus">
          Add a source
        </Button>
        <ButtonGroup label="Run again">
          <Button variant="primary" icon="retry">
            Run again
          </Button>
          <Menu
            trigger={<IconButton variant="primary" icon="down" label="More ways to run again" />}
            items={[
              { id: "same", label: "With the same inputs", hint: "At commit 4e1c2f9" },
              { id: "changes", label: "With changes…" },
            ]}
          />
        </ButtonGroup>
        <Button variant="danger">Terminate…</Button>
        <Button variant="danger-fill">Delete with its history</Button>
        <Button variant="quiet">Cancel</Button>
      </div>
      <div style={row}>
        <Button size="small">Ask for 1 GPU instead</Button>
        <Button size="small" icon="stop" unavailable="All three have ended">
          Cancel
        </Button>
        <Button size="small" disabled>
          Disabled
        </Button>
        <Button size="small" busy>
          Saving
        </Button>
        <Button size="small" pressed icon="wrap">
          Wrap
        </Button>
        <IconButton icon="more" variant="plain" label="More actions" />
        <ButtonLink href="#table" icon="terminal">
          Copy as
        </ButtonLink>
      </div>
    </>
  );
}

function Fields() {
  const [name, setName] = useState("new read-only role, old one ends 30 Nov");
  const [value, setValue] = useState("");
  const [zone, setZone] = useState<"local" | "utc">("local");
  const [on, setOn] = useState(true);
  const [text, setText] = useState('{"lr": 0.03}');
  return (
    <div style={{ display: "grid", gap: 16, marginTop: 8 }}>
      <TextField
        label="Note for the history"
        optional
        value={name}
        onChange={setName}
        hint="Shown beside the version."
      />
      <TextField
        mono
        label="Branch"
        value="mian"
        onChange={() => {}}
        error="There is no branch mian. Did you mean main?"
      />
      <SecretField label="New value" value={value} onChange={setValue} placeholder="Paste it here" />
      <Select label="Time zone" value={zone} options={zones} onChange={setZone} />
      <TextArea label="Parameters" value={text} onChange={setText} rows={3} />
      <div>
        <Checkbox label="Run at once" checked={on} onChange={setOn} hint="Otherwise it waits for the schedule." />
        <Switch label="Accept new tasks" checked={on} onChange={setOn} />
      </div>
    </div>
  );
}

function Floats() {
  const [open, setOpen] = useState<"dialog" | "confirm">();
  const [zone, setZone] = useState<"local" | "utc">("local");
  const close = () => setOpen(undefined);
  return (
    <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginTop: 8 }}>
      <Button onClick={() => setOpen("dialog")}>Replace a secret…</Button>
      <Button variant="danger" onClick={() => setOpen("confirm")}>
        Delete tracker-url…
      </Button>
      <Menu
        trigger={<Button>Menu</Button>}
        items={[
          { id: "edit", label: "Edit", icon: "edit" },
          { id: "open", label: "Open the table", icon: "tasks", href: "#table" },
          { id: "no", label: "Not now", disabled: true },
          { id: "delete", label: "Delete…", icon: "trash", danger: true, apart: true },
        ]}
      />
      <Popover label="Filter" trigger={<Button icon="filter">Popover</Button>}>
        <TextField label="Worker" value="" onChange={() => {}} />
      </Popover>
      <QuietSelect label="Times" value={zone} options={zones} onChange={setZone} />
      <Button
        onClick={() =>
          showToast({
            title: "gpu-a-03 takes no new tasks",
            text: "Two tasks finish first, about 14 min. Then it leaves.",
            state: "paused",
            action: { label: "Undo", onAct: close },
          })
        }
      >
        Toast
      </Button>
      <ReplaceDialog open={open === "dialog"} onClose={close} />
      <ConfirmDialog
        open={open === "confirm"}
        title="Delete tracker-url?"
        confirm="Delete with its history"
        keep="Keep"
        danger
        typeName="tracker-url"
        onConfirm={close}
        onClose={close}
      >
        Three tasks use it. Their next run would wait with “secret missing”.
      </ConfirmDialog>
    </div>
  );
}

function ReplaceDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const [value, setValue] = useState("xxxxxxxxxxxxxxxxxxxxxxxx");
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onSubmit={onClose}
      title={
        <>
          Replace <span className="mono">warehouse-readonly</span>
        </>
      }
      lead="The new value becomes version 5. Version 4 stays until no run needs it."
      note="You cannot read it back here."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit">
            Save as version 5
          </Button>
        </>
      }
    >
      <SecretField label="New value" value={value} onChange={setValue} hint="One line, 24 characters." />
      <TextField label="Note for the history" optional value="" onChange={() => {}} />
    </Dialog>
  );
}
