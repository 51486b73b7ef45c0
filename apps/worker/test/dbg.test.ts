import { test } from "vitest";
import { Scene } from "./fixture-worker.ts";
import { textOf } from "./fixture-server.ts";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
test("x", async () => {
  let kills = 0, lossy = 0;
  const s = new Scene(); await s.server.start();
  let w = s.worker();
  const N = 400000;
  const k = s.server.assign({ command: { case: "shell", value: `for i in $(seq 20000); do echo line number $i of the flood; done; sleep 1; printf end` } });
  while (!k.end && kills < 6) {
    const b = s.server.appends;
    await s.server.until("o", () => s.server.appends > b + 3 || k.end);
    if (k.end) break;
    await w.kill("SIGKILL"); kills++;
    w = s.worker();
  }
  await s.server.ended(k, 30000);
  const text = textOf(k, LogStream.STDOUT);
  const whole = Array.from({ length: 20_000 }, (_, index) => `line number ${index + 1} of the flood\n`).join("") + "end";
  console.log({ kills, missing: whole.length - text.length });
  if (whole !== text) { let i = 0; while (whole[i] === text[i]) i++; console.log(i, JSON.stringify(text.slice(i - 60, i + 100)), "\n", JSON.stringify(whole.slice(i-60, i+100))); }
  await s.close();
}, 100000);
