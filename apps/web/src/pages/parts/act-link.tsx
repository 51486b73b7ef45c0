import type { DescMethod } from "@bufbuild/protobuf";
import type { ReactNode } from "react";

import { useWhyNot } from "#pages/parts/role-words.ts";
import { Button, ButtonLink, type ButtonProps } from "#ui/button.tsx";

/** Leads to where an RPC is called; for readers whose role does not allow it, a button that says which role does. */
export function ActLink(
  props: Pick<ButtonProps, "variant" | "size" | "icon"> & {
    readonly method: DescMethod;
    readonly href: string;
    readonly children: ReactNode;
  },
) {
  const { method, href, icon, ...look } = props;
  const why = useWhyNot(method);
  if (why !== undefined) return <Button {...look} icon={icon} unavailable={why} />;
  return <ButtonLink {...look} {...(icon && { icon })} href={href} />;
}
