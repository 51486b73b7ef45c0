import { fileObjectStore } from "#adapters/object-store/files/index.ts";

/** Puts an object of so many bytes into a folder, and says how that ended. */
const [folder = "", size = "0"] = process.argv.slice(2);
const objects = await fileObjectStore({ folder });

async function* zeros(): AsyncIterable<Uint8Array> {
  for (let left = Number(size); left > 0; left -= 1000) yield Buffer.alloc(Math.min(left, 1000));
}

try {
  const stored = await objects.put(zeros());
  console.log(`kept ${stored.size}`);
} catch (error) {
  console.log(`refused ${error instanceof Error && "refusal" in error ? error.refusal : error}`);
}
