import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";

/** A small panel that opens from `trigger`, for a few fields; it closes by Escape or a click beside it. */
export function Popover(props: {
  readonly trigger: ReactElement;
  readonly label: string;
  readonly children: ReactNode;
  readonly open?: boolean | undefined;
  readonly onOpenChange?: ((open: boolean) => void) | undefined;
  readonly align?: "start" | "end" | undefined;
}) {
  return (
    <Base.Root open={props.open} onOpenChange={(open) => props.onOpenChange?.(open)}>
      <Base.Trigger render={props.trigger} />
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={4} align={props.align ?? "start"} collisionPadding={8}>
          <Base.Popup className="popover" aria-label={props.label}>
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
