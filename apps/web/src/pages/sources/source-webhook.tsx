import { type Source, SourceService, WebhookOutcome } from "@tributary/proto/tributary/v1/sources_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { CopyButton } from "#ui/copy-button.tsx";
import { KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

const words = sourcesStrings.webhook;

const outcomes: Record<WebhookOutcome, readonly [state: State, text: string]> = {
  [WebhookOutcome.UNSPECIFIED]: ["idle", ""],
  [WebhookOutcome.SYNC]: ["succeeded", words.synced],
  [WebhookOutcome.IGNORED]: ["succeeded", words.ignored],
  [WebhookOutcome.REPEATED]: ["problem", words.repeated],
  [WebhookOutcome.REFUSED]: ["failed", words.refused],
  [WebhookOutcome.UNSIGNED]: ["failed", words.unsigned],
  [WebhookOutcome.NO_SECRET]: ["failed", words.noSecret],
};

/** How a git host tells of pushes, and what it told last. */
export function SourceWebhook({ source }: { readonly source: Source }) {
  const key = source.settings?.webhookSecretKey ?? "";
  return (
    <>
      <h3>{words.heading}</h3>
      {source.webhookPath === "" ? (
        <>
          <p className="dim">{words.none}</p>
          <div>
            <ActLink method={SourceService.method.updateSource} size="small" href={links.editSource(source.id)}>
              {words.setUp}
            </ActLink>
          </div>
        </>
      ) : (
        <>
          <Address path={source.webhookPath} />
          <KeyValues
            items={[
              {
                key: "secret",
                label: words.secret,
                value: (
                  <Link className="link mono" href={links.secrets()}>
                    {key}
                  </Link>
                ),
              },
              { key: "last", label: words.last, value: <LastDelivery source={source} /> },
            ]}
          />
          <p className="dim small">{words.how}</p>
        </>
      )}
    </>
  );
}

function Address({ path }: { readonly path: string }) {
  const url = `${window.location.origin}${path}`;
  return (
    <div className="webhook-url">
      <code className="cut">{url}</code>
      <CopyButton text={url} label={words.copy} />
    </div>
  );
}

function LastDelivery({ source: { lastDelivery } }: { readonly source: Source }) {
  const at = toMs(lastDelivery?.time);
  if (!lastDelivery || at === undefined) return <span className="faint">{words.nothingYet}</span>;
  const [state, text] = outcomes[lastDelivery.outcome];
  return (
    <>
      <StateGlyph state={state} label={text} /> {lastDelivery.event && <code>{lastDelivery.event}</code>}{" "}
      <RelativeTime at={at} suffix={sourcesStrings.ago} />
      <span className="note">{text}</span>
    </>
  );
}
