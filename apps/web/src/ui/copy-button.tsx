import { useEffect, useState } from "react";

import { strings } from "#lib/strings.ts";
import { Button, type ButtonVariant, IconButton } from "#ui/button.tsx";
import type { IconName } from "#ui/icons.tsx";

interface CopyButtonProps {
  readonly text: string;
  /** Words on the button; without them it is a picture named by `label`. */
  readonly children?: string | undefined;
  readonly label?: string | undefined;
  readonly icon?: IconName | undefined;
  readonly variant?: ButtonVariant | undefined;
  readonly size?: "normal" | "small" | undefined;
}

type Outcome = "copied" | "failed" | undefined;

/** Copies `text` and says so in its own place. */
export function CopyButton(props: CopyButtonProps) {
  const { text, children, label = strings.actions.copy, variant = "quiet", size = "small" } = props;
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => copyText(text).then((done) => setOutcome(done ? "copied" : "failed"));
  const icon = outcome === "copied" ? "tick" : (props.icon ?? "copy");
  const said = outcome === undefined ? undefined : strings.actions[outcome === "copied" ? "copied" : "copyFailed"];
  return (
    <>
      {children === undefined ? (
        <IconButton icon={icon} label={said ?? label} variant={variant} size={size} onClick={copy} />
      ) : (
        <Button icon={icon} variant={variant} size={size} onClick={copy}>
          {said ?? children}
        </Button>
      )}
      <span className="vh" role="status">
        {said}
      </span>
    </>
  );
}

/** Puts text on the clipboard; false where the browser refuses, as on plain HTTP from another machine. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  try {
    // the only way left without a secure context
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
  }
}
