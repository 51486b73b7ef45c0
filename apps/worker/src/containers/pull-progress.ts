/** Lines of one pull that go into a log; an image has some hundred layers at most. */
const MOST_LINES = 200;

/** Passes lines on without marks of time and place, each once, and not without end. */
export function shortened(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    const lines = text.split("\n").flatMap((line) => tidy(line) || []);
    const fresh = lines.filter((line) => !said.has(line) && said.size < MOST_LINES && said.add(line));
    if (fresh.length > 0) say(fresh.join("\n"));
  };
}

/** podman logs `time="…" level=warning msg="…"`. */
function tidy(line: string): string {
  const message = /^time="[^"]*" level=\w+ msg="(.*)"$/.exec(line.trim())?.[1];
  return message === undefined ? line.trim() : message.replaceAll('\\"', '"');
}
