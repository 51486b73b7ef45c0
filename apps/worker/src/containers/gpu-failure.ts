import { StepFailure } from "../step-failure.ts";
import type { EngineError } from "./engine-commands.ts";
import type { Engine } from "./find-engine.ts";

/**
 * What an engine says that cannot give GPUs. Before podman 4.1 the name of a device was a path for it.
 *
 * Source: podman's and docker's own words.
 */
const GPU_FAULT = /nvidia|\bcdi\b|could not select device driver|\bgpus?\b/i;

const hints = {
  podman:
    "Install NVIDIA's Container Toolkit on the worker's machine and write its list of devices, with their ids as names: nvidia-ctk cdi generate --device-name-strategy=uuid --output=/etc/cdi/nvidia.yaml",
  docker:
    "Install NVIDIA's Container Toolkit on the worker's machine, then: nvidia-ctk runtime configure --runtime=docker, and restart docker.",
} as const;

/** @throws StepFailure when the engine has failed because it cannot give GPUs to containers */
export function refuseWithoutGpus({ kind }: Pick<Engine, "kind">, { message }: EngineError): void {
  if (!GPU_FAULT.test(message)) return;
  throw new StepFailure("no-gpu", `${kind} could not give the container its GPUs: ${message}`, {
    hint: hints[kind],
    system: true,
  });
}
