import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A connection to the server on `port` that can be unplugged: then nothing passes any more, and nobody is told. */
export interface Cable extends AsyncDisposable {
  readonly port: number;
  unplug(): void;
}

export async function cableTo(port: number): Promise<Cable> {
  const ends = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const end of [near, far]) ends.add(end.on("error", () => {}));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    unplug() {
      for (const end of ends) end.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
