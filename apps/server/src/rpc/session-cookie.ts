const plain = "tributary_session";
/** Browsers take this name from the host itself over TLS only, and give it to no other. */
const secure = `__Host-${plain}`;

/** The session in a `Cookie` header; undefined without one. */
export function readSessionCookie(header: string | undefined): string | undefined {
  const cookies = new Map(
    (header ?? "").split(";").map((pair): [string, string] => {
      const [name = "", ...value] = pair.trim().split("=");
      return [name, value.join("=")];
    }),
  );
  return cookies.get(secure) ?? cookies.get(plain);
}

/**
 * A `Set-Cookie` header that keeps a session: no page can read it, and no other site can have it sent.
 *
 * @param origin - the page's own, which tells whether the browser reached the server over TLS
 */
export function setSessionCookie(text: string, origin: string | null, maxAgeSeconds: number): string {
  const isSecure = origin?.startsWith("https:") ?? false;
  return `${isSecure ? secure : plain}=${text}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}

/** `Set-Cookie` headers that take it away, under both names. */
export function clearSessionCookies(): readonly string[] {
  const gone = "Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
  return [`${plain}=; ${gone}`, `${secure}=; ${gone}; Secure`];
}
