import { Dialog as Base } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, type RefObject, useRef } from "react";

import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** One sentence under the title. */
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, the one that acts last. */
  readonly actions?: ReactNode;
  /** Left of the buttons: what cannot be undone, what cannot be read back. */
  readonly note?: ReactNode;
  /** Makes it a form: Enter in a field and a submit button call this. */
  readonly onSubmit?: (() => void) | undefined;
  readonly wide?: boolean | undefined;
  readonly initialFocus?: RefObject<HTMLElement | null> | undefined;
}

/** Links lead away: they come last. */
const fields = [".body :is(input, textarea, button), footer button", ".body a[href]"];

/** Asks for something in front of the page; on narrow screens it rises from the foot. */
export function Dialog({ open, onClose, wide = false, initialFocus, onSubmit, ...parts }: DialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit?.();
  };
  // the first thing to fill in or to choose; the cross comes first in the document and is never meant
  const popup = useRef<HTMLDivElement>(null);
  const firstField = () => {
    const found = fields.map((each) => popup.current?.querySelector<HTMLElement>(each)).find((each) => each != null);
    return found ?? popup.current ?? true;
  };
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="sheet-scrim" />
        <Base.Popup
          ref={popup}
          className={`dialog ${wide ? "dialog--wide" : ""}`}
          initialFocus={initialFocus ?? firstField}
        >
          {onSubmit === undefined ? (
            <DialogParts {...parts} />
          ) : (
            <form className="dialog-form" noValidate onSubmit={submit}>
              <DialogParts {...parts} />
            </form>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function DialogParts({
  title,
  lead,
  children,
  actions,
  note,
}: Pick<DialogProps, "title" | "lead" | "children" | "actions" | "note">) {
  return (
    <>
      <header>
        <div className="grow">
          <Base.Title>{title}</Base.Title>
          {lead != null && <Base.Description className="dim">{lead}</Base.Description>}
        </div>
        {/* without a tooltip, which would take the first Escape for itself */}
        <Base.Close
          render={
            <Button variant="quiet" className="btn--icon" aria-label={strings.actions.close}>
              <Icon name="close" />
            </Button>
          }
        />
      </header>
      <div className="body">{children}</div>
      {actions != null && (
        <footer>
          <span className="grow faint hint">{note}</span>
          {actions}
        </footer>
      )}
    </>
  );
}
