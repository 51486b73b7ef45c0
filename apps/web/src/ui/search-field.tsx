import type { KeyboardEvent, ReactNode, Ref } from "react";

import { Icon } from "#ui/icons.tsx";

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter was pressed. */
  readonly onSubmit?: (() => void) | undefined;
  readonly placeholder?: string | undefined;
  /** At its end: how many match, a key. */
  readonly children?: ReactNode;
  readonly ref?: Ref<HTMLInputElement> | undefined;
}

/** A query over a list: fixed-width text across the whole width, with the number of matches at its end. Escape clears it. */
export function SearchField({ label, value, onChange, onSubmit, placeholder, children, ref }: SearchFieldProps) {
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") onSubmit?.();
    if (event.key !== "Escape" || value === "") return;
    event.stopPropagation();
    onChange("");
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is too new for some browsers
    <div role="search" className="query">
      <Icon name="search" />
      <input
        ref={ref}
        className="text"
        type="text"
        inputMode="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={press}
      />
      {children !== undefined && <span className="hits faint">{children}</span>}
    </div>
  );
}
