import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { explainFailure, isAbsent } from "./explain-failure.ts";
import { type S3Limits, type S3Settings, usualLimits } from "./settings.ts";

/** A part that the server has, as it wants to be told at the end. */
export interface Part {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
}

export interface Listed {
  /** Without the store's prefix. */
  readonly key: string;
  readonly storedAt: number;
}

/** The keys below a prefix of a bucket. Failures are told in words for users. */
export class Bucket {
  readonly limits: S3Limits;
  /** For messages. */
  readonly place: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(settings: S3Settings) {
    const { bucket, prefix, endpoint, region, pathStyle, credentials } = settings;
    this.limits = { ...usualLimits, ...settings.limits };
    this.#bucket = bucket;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
    this.place = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}${endpoint === undefined ? "" : ` at ${endpoint}`}`;
    this.#client = new S3Client({
      region,
      forcePathStyle: pathStyle,
      maxAttempts: this.limits.attempts,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: this.limits.silence, throwOnRequestTimeout: true },
      // Servers other than Amazon's know only the older checks; what is read is checked by its hash anyway.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    });
  }

  /** Bytes of an object; undefined when there is none. */
  async size(key: string): Promise<number | undefined> {
    try {
      const head = await this.#client.send(new HeadObjectCommand(this.#at(key)));
      return head.ContentLength ?? 0;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw explainFailure(error, this.place);
    }
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    await this.#say(this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: bytes })));
  }

  /** The bytes from an offset on, or to before another; undefined when there is no such object. Failures are the SDK's own. */
  async read(key: string, from: number, to?: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const range = from === 0 && to === undefined ? {} : { Range: `bytes=${from}-${to === undefined ? "" : to - 1}` };
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...range }));
      if (Body === undefined || !(Symbol.asyncIterator in Body)) throw new Error("an answer without a body");
      return Body as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#say(this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  async copy(from: string, to: string): Promise<void> {
    await this.#say(this.#client.send(new CopyObjectCommand({ ...this.#at(to), CopySource: this.#source(from) })));
  }

  async begin(key: string): Promise<string> {
    const { UploadId } = await this.#say(this.#client.send(new CreateMultipartUploadCommand(this.#at(key))));
    if (UploadId === undefined) throw new Error("an upload without an id");
    return UploadId;
  }

  async writePart(key: string, UploadId: string, PartNumber: number, bytes: Uint8Array): Promise<Part> {
    const command = new UploadPartCommand({ ...this.#at(key), UploadId, PartNumber, Body: bytes });
    const { ETag } = await this.#say(this.#client.send(command));
    return { PartNumber, ETag };
  }

  /** @param range - first and last byte */
  async copyPart(
    from: string,
    key: string,
    UploadId: string,
    PartNumber: number,
    range: readonly [number, number],
  ): Promise<Part> {
    const CopySourceRange = `bytes=${range[0]}-${range[1]}`;
    const { CopyPartResult } = await this.#say(
      this.#client.send(
        new UploadPartCopyCommand({
          ...this.#at(key),
          UploadId,
          PartNumber,
          CopySource: this.#source(from),
          CopySourceRange,
        }),
      ),
    );
    return { PartNumber, ETag: CopyPartResult?.ETag };
  }

  async complete(key: string, UploadId: string, parts: readonly Part[]): Promise<void> {
    const MultipartUpload = { Parts: [...parts] };
    await this.#say(
      this.#client.send(new CompleteMultipartUploadCommand({ ...this.#at(key), UploadId, MultipartUpload })),
    );
  }

  async abort(key: string, UploadId: string): Promise<void> {
    try {
      await this.#client.send(new AbortMultipartUploadCommand({ ...this.#at(key), UploadId }));
    } catch (error) {
      if (!isAbsent(error)) throw explainFailure(error, this.place);
    }
  }

  /** Objects below a key, a page at a time. */
  async *list(below: string, pageSize = 1_000): AsyncGenerator<Listed> {
    let token: string | undefined;
    do {
      const page = await this.#say(
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + below,
            MaxKeys: pageSize,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key = "", LastModified } of page.Contents ?? []) {
        yield { key: Key.slice(this.#prefix.length), storedAt: LastModified?.getTime() ?? 0 };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Multipart uploads below a key that have neither ended nor been given up. */
  async *uploads(below: string): AsyncGenerator<{ key: string; id: string; begunAt: number }> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await this.#say(
        this.#client.send(
          new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: this.#prefix + below, ...marker }),
        ),
      );
      for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? []) {
        yield { key: Key.slice(this.#prefix.length), id: UploadId, begunAt: Initiated?.getTime() ?? 0 };
      }
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
      marker = {
        KeyMarker: page.NextKeyMarker,
        ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #at(key: string) {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  #source(key: string): string {
    return `${this.#bucket}/${(this.#prefix + key).split("/").map(encodeURIComponent).join("/")}`;
  }

  async #say<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw explainFailure(error, this.place);
    }
  }
}
