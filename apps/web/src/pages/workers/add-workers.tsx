import { useQuery } from "@connectrpc/connect-query";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { useState } from "react";

import "#pages/parts/forms.css";
import { addWorkersStrings } from "#pages/strings/add-workers-strings.ts";
import { FromProvider } from "#pages/workers/from-provider.tsx";
import { OwnMachine } from "#pages/workers/own-machine.tsx";
import { Select } from "#ui/select.tsx";

const words = addWorkersStrings;
const own = "";

/** Adds workers: from a provider, or a machine of one's own by a command. */
export function AddWorkers(props: {
  /** What is chosen at first. */
  readonly like: { readonly provider?: string | undefined; readonly flavor?: string | undefined };
  readonly onClose: () => void;
}) {
  const { like, onClose } = props;
  const [chosen, setChosen] = useState(like.provider ?? own);
  const { data } = useQuery(WorkerService.method.listProviders, {});
  const providers = data?.providers ?? [];
  const options = [
    { value: own, label: words.own, hint: words.ownHint },
    ...providers.map(({ name, description }) => ({ value: name, label: description || name })),
  ];
  const where = <Select label={words.where} value={chosen} options={options} onChange={setChosen} />;
  const provider = providers.find(({ name }) => name === chosen);
  if (provider) {
    return (
      <FromProvider key={provider.name} provider={provider} firstFlavor={like.flavor} where={where} onClose={onClose} />
    );
  }
  return <OwnMachine where={where} onClose={onClose} />;
}
