import { useQuery } from "@connectrpc/connect-query";
import {
  type GetStorageResponse,
  type GetSystemResponse,
  SystemService,
} from "@tributary/proto/tributary/v1/system_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import "#pages/parts/pages.css";
import "#pages/settings/settings.css";
import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { CopyAs } from "#pages/parts/copy-as.tsx";
import { LoadError } from "#pages/parts/load-error.tsx";
import { PageBody } from "#pages/parts/page-body.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { BackupsPanel } from "#pages/settings/backups-panel.tsx";
import { ChecksPanel } from "#pages/settings/checks-panel.tsx";
import { StoragePanel } from "#pages/settings/storage-panel.tsx";
import { settingsStrings } from "#pages/strings/settings-strings.ts";
import { Board, Panel } from "#ui/board.tsx";
import { KeyValues } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";

const words = settingsStrings;
const { method } = SystemService;

/** The server itself: whether it is well, what it keeps, and its backups. */
export function SettingsPage() {
  usePage(words.title, [{ label: words.title }]);
  const system = useQuery(method.getSystem, {});
  const storage = useQuery(method.getStorage, {});
  const error = system.error ?? storage.error;
  const store = system.data && (words.stores[system.data.store] ?? system.data.store);
  const actions = (
    <CopyAs
      calls={[
        { id: "checks", label: words.run, method: method.runChecks, request: {} },
        { id: "storage", label: words.storage, method: method.getStorage, request: {} },
      ]}
    />
  );
  return (
    <>
      <PageHead
        title={words.title}
        lead={system.data && store && words.lead(system.data.version, store)}
        actions={actions}
      />
      {error ? (
        <PageBody>
          <LoadError
            error={error}
            busy={system.isRefetching || storage.isRefetching}
            onRetry={() => void Promise.all([system.refetch(), storage.refetch()])}
          />
        </PageBody>
      ) : (
        <Board>
          <ChecksPanel />
          <StoragePanel storage={storage.data} />
          {system.data && storage.data && <ServerPanel system={system.data} storage={storage.data} />}
          <BackupsPanel />
        </Board>
      )}
    </>
  );
}

/** Of which version the workers are that are online: after an upgrade some may still be of the one before. */
function WorkerVersions() {
  const { data } = useQuery(WorkerService.method.listWorkers, {});
  const versions = Map.groupBy(data?.workers.filter(({ online }) => online) ?? [], ({ version }) => version);
  const text = [...versions]
    .map(([version, { length }]) => words.ofVersion(version || words.unknown, length))
    .join(", ");
  return <Link href={links.workers()}>{data && (text === "" ? words.noWorkers : text)}</Link>;
}

function ServerPanel(props: { readonly system: GetSystemResponse; readonly storage: GetStorageResponse }) {
  const { version, store, storeVersion, runtime, dataFolder, auth, startTime } = props.system;
  const started = toMs(startTime);
  const items = [
    { key: "version", label: words.facts.version, value: version },
    ...(runtime === "" ? [] : [{ key: "runtime", label: words.facts.runtime, value: runtime }]),
    { key: "workers", label: words.facts.workers, value: <WorkerVersions /> },
    { key: "store", label: words.facts.store, value: `${words.stores[store] ?? store} ${storeVersion}`.trim() },
    { key: "data", label: words.facts.dataFolder, value: <code>{dataFolder}</code> },
    { key: "files", label: words.facts.files, value: <code>{props.storage.objectsPlace}</code> },
    { key: "auth", label: words.facts.auth, value: words.auth[auth] ?? auth },
    ...(started === undefined
      ? []
      : [{ key: "started", label: words.facts.started, value: <RelativeTime at={started} suffix={words.ago} /> }]),
  ];
  return (
    <Panel span={5} title={words.server}>
      <KeyValues items={items} />
    </Panel>
  );
}
