import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Provider, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { type ReactNode, useState } from "react";

import { toProblem } from "#api/errors.ts";
import { formatCount } from "#lib/format.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { addWorkersStrings } from "#pages/strings/add-workers-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Select } from "#ui/select.tsx";
import { TextField } from "#ui/text-field.tsx";
import { showToast } from "#ui/toasts.ts";

const words = addWorkersStrings;
const most = { count: 100, slots: 10_000 };

/** Asks a provider for workers, which are in the list at once, being started. */
export function FromProvider(props: {
  readonly provider: Provider;
  readonly firstFlavor: string | undefined;
  readonly where: ReactNode;
  readonly onClose: () => void;
}) {
  const { provider, firstFlavor, where, onClose } = props;
  const firstUsable = provider.regions.find(({ usable }) => usable) ?? provider.regions[0];
  const wanted = provider.flavors.find(({ name }) => name === firstFlavor) ?? provider.flavors[0];
  const [flavor, setFlavor] = useState(wanted?.name ?? "");
  const [region, setRegion] = useState(firstUsable?.name ?? "");
  const [count, setCount] = useState("1");
  const [slots, setSlots] = useState("");
  const [prefetch, setPrefetch] = useState("");
  const client = useQueryClient();
  const create = useMutation(WorkerService.method.createWorkers, {
    onSuccess: async ({ workers }) => {
      showToast({ title: words.created(workers.length), state: "queued" });
      onClose();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: WorkerService, cardinality: undefined }),
      });
    },
  });
  const asked = {
    count: wholeNumber(count, 1, most.count),
    slots: slots === "" ? 0 : wholeNumber(slots, 0, most.slots),
    prefetch: prefetch === "" ? 0 : wholeNumber(prefetch, 0, most.slots),
  };
  const submit = () => {
    const { count: number, slots: each, prefetch: ahead } = asked;
    if (number === undefined || each === undefined || ahead === undefined || create.isPending) return;
    create.mutate({ provider: provider.name, flavor, region, count: number, slots: each, prefetch: ahead });
  };
  const place = provider.regions.find(({ name }) => name === region);
  const machine = provider.flavors.find(({ name }) => name === flavor);
  const problem = create.error ? toProblem(create.error) : undefined;
  const usual = machine && machine.slots > 0 ? formatCount(machine.slots) : words.onePerProcessor;
  const actions = (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <Button type="submit" variant="primary" busy={create.isPending}>
        {words.create(asked.count ?? 1)}
      </Button>
    </>
  );
  return (
    <Dialog open title={words.title} lead={words.lead} actions={actions} onClose={onClose} onSubmit={submit}>
      {where}
      {provider.flavors.length > 0 && (
        <Select
          label={words.flavor}
          hint={machine?.description}
          value={flavor}
          options={provider.flavors.map(({ name }) => ({ value: name, label: name }))}
          error={problem?.fields.flavor}
          onChange={setFlavor}
        />
      )}
      {provider.regions.length > 0 && (
        <Select
          label={words.region}
          hint={place?.description}
          value={region}
          options={provider.regions.map(({ name }) => ({ value: name, label: name }))}
          error={place && !place.usable ? words.unusable(place.problem) : problem?.fields.region}
          onChange={setRegion}
        />
      )}
      <div className="pair--even pair">
        <TextField
          label={words.count}
          inputMode="numeric"
          value={count}
          error={asked.count === undefined ? words.notCount : problem?.fields.count}
          onChange={setCount}
        />
        <TextField
          optional
          label={words.slots}
          hint={words.slotsHint(usual)}
          inputMode="numeric"
          value={slots}
          error={asked.slots === undefined ? words.notSlots : problem?.fields.slots}
          onChange={setSlots}
        />
      </div>
      <TextField
        optional
        label={words.prefetch}
        hint={words.prefetchHint}
        inputMode="numeric"
        value={prefetch}
        error={asked.prefetch === undefined ? words.notSlots : problem?.fields.prefetch}
        onChange={setPrefetch}
      />
      {problem && Object.keys(problem.fields).length === 0 && (
        <p role="alert" className="hint hint--error">
          {problem.message}
        </p>
      )}
    </Dialog>
  );
}

function wholeNumber(text: string, least: number, greatest: number): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= least && value <= greatest ? value : undefined;
}
