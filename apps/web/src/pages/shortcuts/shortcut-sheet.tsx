import { goKeys, shortcutStrings } from "#pages/strings/shortcut-strings.ts";
import "#pages/shortcuts/shortcuts.css";
import { Dialog } from "#ui/dialog.tsx";

const words = shortcutStrings;

/** Every key that the dashboard knows. */
export default function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const go = Object.entries(goKeys).map(([key, label]) => [`${words.goFirst} ${key}`, label] as const);
  return (
    <Dialog open wide title={words.title} lead={words.lead} onClose={onClose}>
      <div className="key-groups">
        {words.groups.map(({ title, keys }) => (
          <KeyGroup key={title} title={title} keys={keys} />
        ))}
        <KeyGroup title={words.goTitle} keys={go} />
      </div>
    </Dialog>
  );
}

function KeyGroup({ title, keys }: { readonly title: string; readonly keys: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([key, label]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
