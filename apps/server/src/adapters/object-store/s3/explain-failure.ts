import { S3ServiceException } from "@aws-sdk/client-s3";
import { RefusedError } from "#core/errors.ts";

const credentialFaults = new Set([
  "AccessDenied",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
  "ExpiredToken",
  "AuthorizationHeaderMalformed",
  "CredentialsProviderError",
  "Forbidden",
]);

const fullFaults = new Set(["QuotaExceeded", "EntityTooLarge", "InsufficientStorage", "XMinioStorageFull"]);

/** What a failed request means to whoever asked for it. Refusals of the core pass as they are. */
export function explainFailure(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof RefusedError) return error;
  const status = statusOf(error);
  if (error.name === "NoSuchBucket") {
    return refuse(`there is no bucket at ${place}; create it, or mend TRIBUTARY_OBJECTS_URL`, error);
  }
  if (credentialFaults.has(error.name) || status === 401 || status === 403) {
    return refuse(
      `${place} refuses the credentials (${describe(error)}); they need to list, read, write and delete there: mend ` +
        "TRIBUTARY_OBJECTS_ACCESS_KEY_ID and TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY, or what the AWS SDK finds, or the bucket's policy",
      error,
    );
  }
  if (fullFaults.has(error.name) || status === 507) {
    return new RefusedError("exhausted", `${place} has no room for the file: ${describe(error)}`);
  }
  if (status === undefined || status >= 500 || status === 429 || isTransport(error)) {
    return refuse(`${place} does not answer as it should (${describe(error)}); try again when it is well`, error);
  }
  return error;
}

/** Whether another try may help. */
export function isPassing(error: unknown): boolean {
  const status = error instanceof Error ? statusOf(error) : undefined;
  return status === undefined || status >= 500 || status === 429 || isTransport(error);
}

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && ["NoSuchKey", "NotFound", "NoSuchUpload"].includes(error.name);
}

function isTransport(error: unknown): boolean {
  return error instanceof Error && ("code" in error || error.name === "TimeoutError") && !isFinal(error);
}

function isFinal(error: Error): boolean {
  return error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 0) < 500;
}

function statusOf(error: Error): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** Answers to HEAD have no body, and so no word for what is wrong. */
function describe(error: Error): string {
  const status = statusOf(error);
  const isNameless = /^Unknown|^\d+$/.test(error.name) && status !== undefined;
  const text = /^(Unknown.*)?$/.test(error.message) ? "" : `: ${error.message.slice(0, 300)}`;
  return `${isNameless ? `status ${status}` : error.name}${text}`;
}

function refuse(message: string, cause: Error): RefusedError {
  const refusal = new RefusedError("unavailable", message);
  refusal.cause = cause;
  return refusal;
}
