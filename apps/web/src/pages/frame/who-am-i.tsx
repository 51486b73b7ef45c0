import { useMutation } from "@connectrpc/connect-query";
import { Credential, type Session, SessionService } from "@tributary/proto/tributary/v1/sessions_pb";

import { toSentence } from "#api/errors.ts";
import { useSession } from "#api/use-session.ts";
import { roleName } from "#pages/parts/role-words.ts";
import { sessionStrings } from "#pages/strings/session-strings.ts";
import { Button } from "#ui/button.tsx";
import { Menu } from "#ui/menu.tsx";
import { showToast } from "#ui/toasts.ts";

const words = sessionStrings;

/** Who is logged in, with the way out where there is one. */
export function WhoAmI({ onLogout }: { readonly onLogout: () => void }) {
  const session = useSession()?.session;
  if (!session) return null;
  if (session.credential === Credential.SESSION) return <Account session={session} onLogout={onLogout} />;
  return <span title={titleOf(session)}>{session.name}</span>;
}

function Account({ session, onLogout }: { readonly session: Session; readonly onLogout: () => void }) {
  const logout = useMutation(SessionService.method.logout, {
    onSuccess: onLogout,
    onError: (error) => showToast({ title: words.logoutFailed, text: toSentence(error), state: "failed" }),
  });
  const role = roleName(session.role);
  return (
    <Menu
      align="start"
      trigger={
        <Button
          size="small"
          variant="quiet"
          aria-label={words.account(session.name, role)}
          title={titleOf(session)}
          className="account"
        >
          <span className="cut">{session.name}</span>
        </Button>
      }
      items={[{ id: "logout", label: words.logout, icon: "external", onSelect: () => logout.mutate({}) }]}
    />
  );
}

function titleOf({ name, role, projectNames }: Session): string {
  const limit = projectNames.length > 0 ? `. ${words.limitedTo(projectNames.join(", "))}` : "";
  return `${words.account(name, roleName(role))}${limit}`;
}
