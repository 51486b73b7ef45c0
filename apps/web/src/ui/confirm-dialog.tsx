import { type ReactNode, useState } from "react";

import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { TextField } from "#ui/text-field.tsx";

export interface ConfirmDialogProps {
  readonly open: boolean;
  readonly title: ReactNode;
  /** What will happen, to what, and what will not. */
  readonly children: ReactNode;
  /** The verb: "Cancel 3 tasks", never "OK". */
  readonly confirm: string;
  readonly keep?: string | undefined;
  readonly danger?: boolean | undefined;
  readonly busy?: boolean | undefined;
  /** A name to type first, for what cannot be undone. */
  readonly typeName?: string | undefined;
  readonly error?: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before an act that a person would regret. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  // a new one for each opening, so that a typed name never outlives its question
  return props.open ? <OpenConfirm {...props} /> : null;
}

function OpenConfirm(props: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const ready = props.typeName === undefined || typed === props.typeName;
  return (
    <Dialog
      open
      title={props.title}
      onClose={props.onClose}
      onSubmit={() => ready && props.onConfirm()}
      actions={
        <>
          <Button onClick={props.onClose}>{props.keep ?? strings.actions.cancel}</Button>
          <Button type="submit" variant={props.danger ? "danger-fill" : "primary"} disabled={!ready} busy={props.busy}>
            {props.confirm}
          </Button>
        </>
      }
    >
      <div>{props.children}</div>
      {props.typeName !== undefined && (
        <TextField mono label={strings.actions.typeToConfirm(props.typeName)} value={typed} onChange={setTyped} />
      )}
      {props.error != null && (
        <p role="alert" className="hint hint--error">
          {props.error}
        </p>
      )}
    </Dialog>
  );
}
