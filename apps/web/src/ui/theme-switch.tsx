import { useSyncExternalStore } from "react";

import { strings } from "#lib/strings.ts";
import { onThemeChange, readTheme, setTheme, type Theme } from "#lib/theme.ts";
import { IconButton } from "#ui/button.tsx";
import type { IconName } from "#ui/icons.tsx";

const icons: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };
const following: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/** The chosen theme; a click takes the next one. A menu would be the only one that every page has to load. */
export function ThemeSwitch() {
  const theme = useSyncExternalStore(onThemeChange, readTheme);
  return (
    <IconButton
      size="small"
      icon={icons[theme]}
      label={`${strings.theme.label}: ${strings.theme[theme]}`}
      onClick={() => setTheme(following[theme])}
    />
  );
}
