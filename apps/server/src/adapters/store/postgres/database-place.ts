/** A database as people may be told of it: without the password. */
export function databasePlace(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    const host = hostname || searchParams.get("host") || "localhost";
    return `the database ${decodeURIComponent(pathname.slice(1)) || "postgres"} at ${host}:${port || "5432"}`;
  } catch {
    return "the database";
  }
}
