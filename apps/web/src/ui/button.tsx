import type { ButtonHTMLAttributes, MouseEvent, ReactNode, Ref } from "react";

import { Icon, type IconName } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";
import { Tooltip } from "#ui/tooltip.tsx";

export type ButtonVariant = "plain" | "primary" | "quiet" | "danger" | "danger-fill";

interface Look {
  readonly variant?: ButtonVariant | undefined;
  readonly size?: "normal" | "small" | undefined;
}

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  Look & {
    readonly icon?: IconName | undefined;
    /** Shown as held down; makes it a toggle. */
    readonly pressed?: boolean | undefined;
    /** Its act is under way: it keeps its place and width, and does nothing. */
    readonly busy?: boolean | undefined;
    /** Why it cannot be used now. It stays in the tab order, so that the reason can be read. */
    readonly unavailable?: string | undefined;
    readonly ref?: Ref<HTMLButtonElement> | undefined;
  };

function looks({ variant = "plain", size = "normal" }: Look, more = ""): string {
  return `btn ${variant === "plain" ? "" : `btn--${variant}`} ${size === "small" ? "btn--sm" : ""} ${more}`;
}

/** A button with its verb on it. */
export function Button(props: ButtonProps) {
  const { variant, size, icon, pressed, busy = false, unavailable, className, children, onClick, ...rest } = props;
  const still = busy || unavailable !== undefined;
  const click = (event: MouseEvent<HTMLButtonElement>) => (still ? event.preventDefault() : onClick?.(event));
  const button = (
    <button
      type="button"
      {...rest}
      className={looks({ variant, size }, className)}
      aria-pressed={pressed}
      aria-busy={busy || undefined}
      aria-disabled={still || undefined}
      onClick={click}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
  return unavailable === undefined ? button : <Tooltip text={unavailable}>{button}</Tooltip>;
}

/** A link that looks like a button: it leads somewhere and changes nothing. */
export function ButtonLink(
  props: Look & { readonly href: string; readonly icon?: IconName; readonly children: ReactNode },
) {
  return (
    <Link className={looks(props)} href={props.href}>
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </Link>
  );
}

export type IconButtonProps = Omit<ButtonProps, "children" | "icon"> & {
  readonly icon: IconName;
  readonly label: string;
};

/** A button with a picture only; `label` names it and shows as its tooltip. */
export function IconButton({ icon, label, variant = "quiet", className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <Button {...rest} variant={variant} aria-label={label} className={`btn--icon ${className ?? ""}`}>
        <Icon name={icon} />
      </Button>
    </Tooltip>
  );
}

/** Buttons that belong together, edge to edge. With `label` they are named as one group. */
export function ButtonGroup({ label, children }: { readonly label?: string; readonly children: ReactNode }) {
  if (label === undefined) return <span className="btn-group">{children}</span>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings its own box and legend
    <span className="btn-group" role="group" aria-label={label}>
      {children}
    </span>
  );
}

/** A few choices side by side of which one holds. */
export function Segmented<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <ButtonGroup label={props.label}>
      {props.options.map(({ value, label }) => (
        <Button key={value} size="small" pressed={value === props.value} onClick={() => props.onChange(value)}>
          {label}
        </Button>
      ))}
    </ButtonGroup>
  );
}
