import { type AnchorHTMLAttributes, createContext, type MouseEvent, type ReactNode, type Ref, useContext } from "react";

type Navigate = (href: string) => void;
const Navigation = createContext<Navigate | undefined>(undefined);

/** Hands plain clicks on every {@link Link} below to the router. Without it links load the page they point to. */
export function LinkProvider({ navigate, children }: { readonly navigate: Navigate; readonly children: ReactNode }) {
  return <Navigation value={navigate}>{children}</Navigation>;
}

export type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & {
  readonly href: string;
  readonly ref?: Ref<HTMLAnchorElement> | undefined;
};

/** A link inside the dashboard. New tabs, downloads and other sites stay with the browser. */
export function Link({ href, onClick, ...rest }: LinkProps) {
  const navigate = useContext(Navigation);
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (navigate === undefined || !staysHere(event, href)) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}

function staysHere(event: MouseEvent<HTMLAnchorElement>, href: string): boolean {
  const { target, download } = event.currentTarget;
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
  return (
    !event.defaultPrevented && !modified && download === "" && (target === "" || target === "_self") && isLocal(href)
  );
}

function isLocal(href: string): boolean {
  return /^[/?#.]/.test(href) && !href.startsWith("//");
}
