/** Where objects are kept, and how it is reached. */
export interface S3Settings {
  readonly bucket: string;
  /** Of every key; empty, or without a slash at its ends. */
  readonly prefix: string;
  /** URL of a server that is not Amazon's. */
  readonly endpoint?: string;
  readonly region: string;
  /** The bucket is in the path of URLs, not in the host name. */
  readonly pathStyle: boolean;
  /** Unset: as the SDK finds them. */
  readonly credentials?: S3Credentials;
  readonly limits?: Partial<S3Limits>;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Limits {
  /** Bytes of a part; what is not larger is sent whole. S3 takes 10,000 parts, of 5 MiB at least. */
  readonly part: number;
  /** Bytes that the server copies at once; S3 takes 5 GiB. */
  readonly copy: number;
  /** Tries of one request, and of going on with a download that broke off. */
  readonly attempts: number;
  /** Milliseconds of silence after which a request has failed. */
  readonly silence: number;
}

export const usualLimits: S3Limits = {
  part: 8 * 2 ** 20,
  copy: 2 ** 30,
  attempts: 5,
  silence: 30_000,
};
