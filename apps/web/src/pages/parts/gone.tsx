import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import type { IconName } from "#ui/icons.tsx";

export interface GoneThing {
  readonly icon: IconName;
  readonly title: string;
  /** What may have become of it. */
  readonly text: string;
  /** Where it would be. */
  readonly list: { readonly href: string; readonly label: string };
}

/** What stands where something is not there, or not any more. */
export function Gone({ icon, title, text, list }: GoneThing) {
  return (
    <EmptyState icon={icon} title={title} actions={<ButtonLink href={list.href}>{list.label}</ButtonLink>}>
      {text}
    </EmptyState>
  );
}
