import { afterEach, beforeEach, expect } from "vitest";
import { Scene } from "./fixture-worker.ts";

/** Gives each test of a file a scene of its own, and checks that its workers kept to the protocol. */
export function useScene(): () => Scene {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene();
    await scene.server.start();
  });
  afterEach(async () => {
    await scene.close();
    expect(scene.server.faults).toEqual([]);
  });
  return () => scene;
}
