import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { type DataSetSchema, type DataSetService, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";
import { refreshDataSet } from "#core/data-sets/refresh-data-set.ts";
import type { Ports } from "#core/ports/index.ts";
import type { KeptDataSet } from "#core/ports/view.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { fromTask } from "#facades/tributary/translate-tasks.ts";
import { principalOf } from "#rpc/auth.ts";
import { toPositionToken } from "#rpc/position.ts";

function stateOf({ producer, files }: KeptDataSet): DataSetState {
  if (!producer) return DataSetState.ABSENT;
  if (!isTerminal(producer.state)) return DataSetState.BEING_MADE;
  return producer.state === "succeeded" && files > 0 ? DataSetState.READY : DataSetState.FAILED;
}

function problemOf({ producer, files, dataSet }: KeptDataSet): string {
  if (!producer || !isTerminal(producer.state)) return "";
  if (producer.state !== "succeeded") return producer.reason?.message ?? "The task that makes it did not succeed";
  return files > 0 ? "" : `The task that makes it left no file at ${dataSet.definition.path}`;
}

function fromDataSet(kept: KeptDataSet): MessageInitShape<typeof DataSetSchema> {
  const { dataSet, producer, files, bytes } = kept;
  const { definition } = dataSet;
  return {
    id: dataSet.id,
    projectId: dataSet.projectId,
    projectName: dataSet.projectName,
    name: definition.name,
    path: definition.path,
    declaredSize: definition.size ?? "",
    state: stateOf(kept),
    problem: problemOf(kept),
    taskId: producer?.id ?? 0,
    fileCount: files,
    byteCount: BigInt(bytes),
    ...(producer?.endedAt === undefined ? {} : { makeTime: timestampFromMs(producer.endedAt) }),
  };
}

export function dataSetHandlers(ports: Ports): ServiceImpl<typeof DataSetService> {
  const { store } = ports;
  return {
    async listDataSets() {
      const { dataSets, position } = await store.view.listDataSets();
      return { dataSets: dataSets.map(fromDataSet), position: toPositionToken(position) };
    },
    async refreshDataSet({ id }, context) {
      const task = await refreshDataSet(ports, { id, by: principalOf(context).name });
      return { task: fromTask(task, (await store.view.listWorkers()).workers) };
    },
  };
}
