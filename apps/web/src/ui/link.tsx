import {
  type AnchorHTMLAttributes,
  createContext,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useContext,
  useMemo,
} from "react";

interface Navigation {
  readonly navigate: (href: string) => void;
  /** Adds to an address what goes along from this page to the next. */
  readonly carry?: ((href: string) => string) | undefined;
}
const NavigationContext = createContext<Navigation | undefined>(undefined);

/** Hands plain clicks on every {@link Link} below to the router. Without it links load the page they point to. */
export function LinkProvider({ navigate, carry, children }: Navigation & { readonly children: ReactNode }) {
  const navigation = useMemo(() => ({ navigate, carry }), [navigate, carry]);
  return <NavigationContext value={navigation}>{children}</NavigationContext>;
}

export type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & {
  readonly href: string;
  readonly ref?: Ref<HTMLAnchorElement> | undefined;
};

/** A link inside the dashboard. New tabs, downloads and other sites stay with the browser. */
export function Link({ href, onClick, ...rest }: LinkProps) {
  const navigation = useContext(NavigationContext);
  const to = navigation?.carry?.(href) ?? href;
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (navigation === undefined || !staysHere(event, to)) return;
    event.preventDefault();
    navigation.navigate(to);
  };
  return <a href={to} onClick={follow} {...rest} />;
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
