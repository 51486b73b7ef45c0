import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadOrMakeCertificate } from "./certificate.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "certificate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a pair, and answers with the names of its files. */
async function writePair(name: string, notAfterDate?: Date) {
  const pair = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    ...(notAfterDate && { notBeforeDate: new Date(0), notAfterDate }),
  });
  const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  writeFileSync(files.certFile, pair.cert);
  writeFileSync(files.keyFile, pair.private);
  return files;
}

describe("without configuration", () => {
  test("makes a pair for the loopback names, private and of elliptic curves", async () => {
    const made = await loadOrMakeCertificate(folder);
    const certificate = new X509Certificate(made.cert);
    expect(made.selfSigned).toBe(true);
    for (const name of ["127.0.0.1", "::1"]) expect(certificate.checkIP(name)).toBe(name);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.publicKey.asymmetricKeyType).toBe("ec");
    expect(certificate.ca).toBe(false);
    expect(made.expires.getTime()).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
    expect(statSync(join(folder, "tls")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "tls", "key.pem")).mode & 0o777).toBe(0o600);
    expect(readFileSync(made.certFile, "utf8")).toBe(made.cert);
  });

  test("keeps the pair it made", async () => {
    const made = await loadOrMakeCertificate(folder);
    expect(await loadOrMakeCertificate(folder)).toEqual({ ...made, expires: expect.any(Date) });
  });

  test.each<[string, () => void | Promise<void>]>([
    ["is damaged", () => writeFileSync(join(folder, "tls", "cert.pem"), "-----BEGIN")],
    ["has lost its key", () => rmSync(join(folder, "tls", "key.pem"))],
    [
      "was torn apart",
      async () => {
        const { keyFile } = await writePair("other");
        writeFileSync(join(folder, "tls", "key.pem"), readFileSync(keyFile));
      },
    ],
    [
      "is out of date",
      async () => {
        const { certFile, keyFile } = await writePair("old", new Date(86_400_000));
        writeFileSync(join(folder, "tls", "cert.pem"), readFileSync(certFile));
        writeFileSync(join(folder, "tls", "key.pem"), readFileSync(keyFile));
      },
    ],
  ])("makes a new pair when the old one %s", async (_name, spoil) => {
    const old = await loadOrMakeCertificate(folder);
    await spoil();
    const made = await loadOrMakeCertificate(folder);
    expect(made.cert).not.toBe(old.cert);
    expect(await loadOrMakeCertificate(folder)).toMatchObject({ cert: made.cert, key: made.key });
  });
});

describe("with configured files", () => {
  test("reads them, and makes none", async () => {
    const files = await writePair("mine");
    expect(await loadOrMakeCertificate(join(folder, "none"), files)).toMatchObject({
      cert: readFileSync(files.certFile, "utf8"),
      key: readFileSync(files.keyFile, "utf8"),
      selfSigned: false,
    });
  });

  test("says which one is missing", async () => {
    const { certFile, keyFile } = await writePair("mine");
    await expect(loadOrMakeCertificate(folder, { certFile })).rejects.toThrow(/set both/);
    await expect(loadOrMakeCertificate(folder, { keyFile })).rejects.toThrow(/set both/);
  });

  test("says which one cannot be read", async () => {
    const { certFile } = await writePair("mine");
    const files = { certFile, keyFile: join(folder, "nowhere.key") };
    await expect(loadOrMakeCertificate(folder, files)).rejects.toThrow(
      /Cannot read .*nowhere.key, which TRIBUTARY_TLS_KEY names \(ENOENT/,
    );
  });

  test("says which one is not PEM", async () => {
    const { certFile, keyFile } = await writePair("mine");
    writeFileSync(certFile, "hello");
    await expect(loadOrMakeCertificate(folder, { certFile, keyFile })).rejects.toThrow(
      /mine.crt, which TRIBUTARY_TLS_CERT names, is not usable PEM/,
    );
  });

  test("says that they do not belong together", async () => {
    const { certFile } = await writePair("mine");
    const { keyFile } = await writePair("other");
    await expect(loadOrMakeCertificate(folder, { certFile, keyFile })).rejects.toThrow(
      /other.key \(TRIBUTARY_TLS_KEY\) does not belong to .*mine.crt/,
    );
  });
});

test("says when its own pair cannot be read", async () => {
  await loadOrMakeCertificate(folder);
  const key = join(folder, "tls", "key.pem");
  rmSync(key);
  mkdirSync(key);
  await expect(loadOrMakeCertificate(folder)).rejects.toThrow(/Cannot read .*key.pem/);
});
