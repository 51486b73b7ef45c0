import { createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { ListenError } from "./listen-error.ts";
import type { TlsMaterial } from "./protocol-servers.ts";

export interface Certificate extends TlsMaterial {
  /** Made here, so that only clients that do not verify, or that are given it, will trust it. */
  readonly selfSigned: boolean;
  /** Where the certificate is, to hand to such clients. */
  readonly certFile: string;
  readonly expires: Date;
}

export interface CertificateFiles {
  /** PEM file with the certificate and whatever chain belongs to it. */
  readonly certFile?: string;
  /** PEM file with its private key, not encrypted. */
  readonly keyFile?: string;
}

const YEARS = 10;

/**
 * Reads the configured pair or, without one, the self-signed pair in `tls/` of the data folder, which is made when
 * it is missing, damaged or out of date.
 *
 * @throws ListenError when a configured pair cannot be read, or its parts do not belong together
 */
export async function loadOrMakeCertificate(dataFolder: string, files: CertificateFiles = {}): Promise<Certificate> {
  const { certFile, keyFile } = files;
  if (certFile && keyFile) return configuredPair(certFile, keyFile);
  if (certFile || keyFile) {
    throw new ListenError(
      "TRIBUTARY_TLS_CERT and TRIBUTARY_TLS_KEY belong together: set both, or neither for a self-signed certificate.",
    );
  }
  return ownPair(join(dataFolder, "tls"));
}

async function configuredPair(certFile: string, keyFile: string): Promise<Certificate> {
  const cert = await readPem("TRIBUTARY_TLS_CERT", certFile);
  const key = await readPem("TRIBUTARY_TLS_KEY", keyFile);
  const parsed = parsePart("TRIBUTARY_TLS_CERT", certFile, () => new X509Certificate(cert));
  const privateKey = parsePart("TRIBUTARY_TLS_KEY", keyFile, () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new ListenError(
      `The key in ${keyFile} (TRIBUTARY_TLS_KEY) does not belong to the first certificate in ${certFile} (TRIBUTARY_TLS_CERT).`,
    );
  }
  parsePart("TRIBUTARY_TLS_CERT", certFile, () => createSecureContext({ cert, key }));
  return { cert, key, certFile, selfSigned: false, expires: parsed.validToDate };
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ListenError(`Cannot read ${file}, which ${variable} names (${reasonOf(error)}).`, { cause: error });
  }
}

function parsePart<T>(variable: string, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ListenError(`${file}, which ${variable} names, is not usable PEM (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function ownPair(folder: string): Promise<Certificate> {
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const [cert, key] = await Promise.all([readIfThere(certFile), readIfThere(keyFile)]);
  const expires = cert && key && usableUntil(cert, key);
  if (expires) return { cert, key, certFile, selfSigned: true, expires };
  const made = await makePair();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(keyFile, made.key, 0o600);
  await replaceFile(certFile, made.cert, 0o644);
  return { ...made, certFile, selfSigned: true };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new ListenError(
      `Cannot read ${file} (${reasonOf(error)}). Mend its rights, or remove it to have it made anew.`,
      {
        cause: error,
      },
    );
  }
}

/** When the pair ends; undefined for one that has ended, is damaged, or was torn by a crash between its two files. */
function usableUntil(cert: string, key: string): Date | undefined {
  try {
    const parsed = new X509Certificate(cert);
    const usable = parsed.checkPrivateKey(createPrivateKey(key)) && parsed.validToDate.getTime() > Date.now();
    return usable ? parsed.validToDate : undefined;
  } catch {
    return undefined;
  }
}

async function makePair(): Promise<TlsMaterial & { expires: Date }> {
  // Needed once in ten years.
  const { generate } = await import("selfsigned");
  const expires = new Date();
  expires.setFullYear(expires.getFullYear() + YEARS);
  const made = await generate([{ name: "commonName", value: "tributary" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: expires,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private, expires };
}

/** A reader sees the old file or the new one, never half of one; the mode holds from the first byte. */
async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode, flag: "wx" });
  await rename(draft, file);
}
