import { describe, expect, it } from "vitest";
import { readObjectsUrl } from "#server/config/objects-place.ts";

describe("where objects are kept", () => {
  it.each([
    ["objects", { kind: "files", folder: "/srv/objects" }],
    ["/srv/objects", { kind: "files", folder: "/srv/objects" }],
    ["file:///srv/my%20objects", { kind: "files", folder: "/srv/my objects" }],
    ["s3://team", { kind: "s3", bucket: "team", prefix: "", region: "us-east-1", pathStyle: false }],
    [
      "s3://team/a/b/?region=eu-central-1",
      { kind: "s3", bucket: "team", prefix: "a/b", region: "eu-central-1", pathStyle: false },
    ],
    [
      "s3://team/a?endpoint=http://127.0.0.1:9000",
      {
        kind: "s3",
        bucket: "team",
        prefix: "a",
        region: "us-east-1",
        pathStyle: true,
        endpoint: "http://127.0.0.1:9000",
      },
    ],
    [
      "s3://team?endpoint=https://s3.example.org&pathStyle=false",
      {
        kind: "s3",
        bucket: "team",
        prefix: "",
        region: "us-east-1",
        pathStyle: false,
        endpoint: "https://s3.example.org",
      },
    ],
  ])("%s", (text, place) => {
    expect(readObjectsUrl(text, "/srv")).toEqual(place);
  });

  it.each([
    ["gs://team", '"gs://" is not known'],
    ["s3://key:secret@team", "TRIBUTARY_OBJECTS_ACCESS_KEY_ID"],
    ["s3://Team_A", "is not the name of a bucket"],
    ["s3://team?zone=a", '"zone" is no option'],
    ["s3://team?endpoint=minio:9000", "is not an http or https URL"],
    ["s3://team?pathStyle=yes", "neither true nor false"],
  ])("refuses %s", (text, message) => {
    expect(() => readObjectsUrl(text, "/srv")).toThrow(message);
  });
});
