import { useSyncExternalStore } from "react";

import { strings } from "#lib/strings.ts";
import { onThemeChange, readTheme, setTheme, type Theme } from "#lib/theme.ts";
import { IconButton } from "#ui/button.tsx";
import type { IconName } from "#ui/icons.tsx";
import { Menu } from "#ui/menu.tsx";

const icons: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };
const themes: readonly Theme[] = ["system", "light", "dark"];

/** The chosen theme, and the menu that changes it. */
export function ThemeSwitch() {
  const theme = useSyncExternalStore(onThemeChange, readTheme);
  return (
    <Menu
      align="start"
      trigger={
        <IconButton size="small" icon={icons[theme]} label={`${strings.theme.label}: ${strings.theme[theme]}`} />
      }
      items={themes.map((id) => ({ id, label: strings.theme[id], icon: icons[id], onSelect: () => setTheme(id) }))}
    />
  );
}
