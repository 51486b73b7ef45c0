import { useMutation } from "@connectrpc/connect-query";
import { type Check, CheckStatus, SystemService } from "@tributary/proto/tributary/v1/system_pb";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { settingsStrings } from "#pages/strings/settings-strings.ts";
import { Panel } from "#ui/board.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";
import { showToast } from "#ui/toasts.ts";

const words = settingsStrings;

const looks: Record<CheckStatus, { readonly state: State; readonly word: string }> = {
  [CheckStatus.UNSPECIFIED]: { state: "idle", word: "" },
  [CheckStatus.OK]: { state: "succeeded", word: words.words.ok },
  [CheckStatus.WARN]: { state: "problem", word: words.words.warn },
  [CheckStatus.FAIL]: { state: "failed", word: words.words.fail },
};

/** Has the server look at itself, and shows what it found: what needs a person first. */
export function ChecksPanel() {
  const run = useMutation(SystemService.method.runChecks, {
    onError: (error) => showToast({ title: words.checksFailed, text: toSentence(error), state: "failed" }),
  });
  const checks = run.data?.checks.toSorted((a, b) => b.status - a.status) ?? [];
  const at = toMs(run.data?.checkTime);
  const button = (
    <ActButton
      method={SystemService.method.runChecks}
      variant="primary"
      size="small"
      icon="play"
      busy={run.isPending}
      onClick={() => run.mutate({})}
    >
      {words.run}
    </ActButton>
  );
  return (
    <Panel span={12} title={words.checks} sub={checks.length > 0 && <Summary checks={checks} at={at} />} more={button}>
      {checks.length === 0 ? (
        <p className="dim">{words.notRun}</p>
      ) : (
        <ul className="lines checks" aria-label={words.checks}>
          {checks.map((check) => (
            <CheckLine key={check.name} check={check} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Summary({ checks, at }: { readonly checks: readonly Check[]; readonly at: number | undefined }) {
  const bad = checks.filter(({ status }) => status !== CheckStatus.OK).length;
  const all = formatCount(checks.length);
  return (
    <span aria-live="polite">
      {bad === 0 ? words.allWell(all) : words.problems(formatCount(bad), all)}
      {at !== undefined && (
        <>
          , <RelativeTime at={at} suffix={words.ago} />
        </>
      )}
    </span>
  );
}

function CheckLine({ check: { name, status, found, advice } }: { readonly check: Check }) {
  const { state, word } = looks[status];
  return (
    <li>
      <StateGlyph state={state} label={word} />
      <span className="medium check-name">{words.names[name] ?? name}</span>
      <span className="check-found">
        {found}
        {advice !== "" && <span className="advice">{advice}</span>}
      </span>
    </li>
  );
}
