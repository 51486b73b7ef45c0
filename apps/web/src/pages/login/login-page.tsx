import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { useEffect, useState } from "react";

import "#pages/login/login.css";
import "#pages/parts/forms.css";
import { toProblem } from "#api/errors.ts";
import { useUnkept } from "#api/use-unkept.ts";
import { inside } from "#pages/login/inside.ts";
import { sessionStrings } from "#pages/strings/session-strings.ts";
import { Button } from "#ui/button.tsx";
import { BrandMark } from "#ui/icons.tsx";
import { SecretField } from "#ui/text-field.tsx";

const route = getRouteApi("/login");
const words = sessionStrings.login;

/** Where a token becomes a session of this browser; then back to where the reader was. */
export function LoginPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const [token, setToken] = useState("");
  const [missing, setMissing] = useState(false);
  const client = useQueryClient();
  const login = useUnkept(SessionService.method.login);
  useEffect(() => {
    document.title = `${words.title} · Tributary`;
  }, []);
  const submit = async () => {
    const text = token.trim();
    setMissing(text === "");
    if (text === "" || login.busy || !(await login.call({ token: text }))) return;
    // What was told to somebody else, or refused, is of no use to who is logged in now.
    client.clear();
    router.history.replace(inside(next));
    // The watch waits for a reason to try again.
    dispatchEvent(new Event("online"));
  };
  const problem = login.error ? toProblem(login.error) : undefined;
  return (
    <main className="login" id="main">
      <form
        className="login-card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        aria-labelledby="login-title"
      >
        <span className="login-brand">
          <BrandMark />
        </span>
        <h1 id="login-title">{words.title}</h1>
        <p className="faint">{words.lead}</p>
        <SecretField
          label={words.token}
          hint={words.tokenHint}
          placeholder="trib_…"
          autoComplete="off"
          value={token}
          error={missing ? words.missing : problem?.message}
          onChange={setToken}
        />
        <Button type="submit" variant="primary" busy={login.busy}>
          {words.confirm}
        </Button>
        <p className="hint">{words.first}</p>
      </form>
    </main>
  );
}
