import type { Worker } from "@tributary/proto/tributary/v1/workers_pb";

/** Slots that a worker could give away now. */
export function freeSlots({ online, draining, slots, slotsUsed }: Worker): number {
  return online && !draining ? Math.max(0, slots - slotsUsed) : 0;
}
