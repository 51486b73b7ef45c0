import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { AppShell } from "#ui/app-shell.tsx";
import { Button } from "#ui/button.tsx";
import { LinkProvider } from "#ui/link.tsx";
import { Menu } from "#ui/menu.tsx";
import { showToast } from "#ui/toasts.ts";
import { galleryNav, sections } from "./gallery/sections.tsx";

/** Every component on one set of pages, for looking at; the address's hash chooses the page. Not part of the build. */
function Gallery() {
  const [hash, setHash] = useState(location.hash || "#controls");
  const go = (href: string) => {
    history.pushState(null, "", href);
    setHash(location.hash);
  };
  const section = sections.find(({ id }) => `#${id}` === hash.split("?")[0]) ?? sections[0];
  if (section === undefined) return null;
  return (
    <LinkProvider navigate={go}>
      <AppShell
        nav={galleryNav(section.id)}
        home="#controls"
        who="ana · editor"
        pageKey={section.id}
        fill={section.fill}
        connection="live"
        onSearch={() =>
          showToast({ title: "The search belongs to the pages", text: "Here it is only looked at.", state: "paused" })
        }
        crumbs={[
          { label: null, control: <ProjectMenu /> },
          { label: "Gallery", href: "#controls" },
          { label: section.label, note: "#184233" },
        ]}
      >
        <section.Page />
      </AppShell>
    </LinkProvider>
  );
}

function ProjectMenu() {
  return (
    <Menu
      align="start"
      trigger={
        <Button variant="quiet" size="small">
          demand-forecast
        </Button>
      }
      items={[
        { id: "all", label: "All projects" },
        { id: "churn", label: "churn" },
      ]}
    />
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Gallery />
    </StrictMode>,
  );
}
