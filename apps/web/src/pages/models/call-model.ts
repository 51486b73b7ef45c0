const rows = `{"dataframe_split": {"columns": ["x"], "data": [[1], [2]]}}`;

/** A request for predictions, for a shell with curl. */
export function predictWithCurl(path: string, origin = location.origin): string {
  return `curl ${origin}${path}/invocations -H 'content-type: application/json' \\\n  -d '${rows}'`;
}

/** The same for Python with nothing but its standard library. */
export function predictWithPython(path: string, origin = location.origin): string {
  return [
    "import json, urllib.request",
    "",
    "rows = {'dataframe_split': {'columns': ['x'], 'data': [[1], [2]]}}",
    "call = urllib.request.Request(",
    `    "${origin}${path}/invocations",`,
    "    data=json.dumps(rows).encode(),",
    `    headers={"content-type": "application/json"},`,
    ")",
    `print(json.load(urllib.request.urlopen(call))["predictions"])`,
  ].join("\n");
}
