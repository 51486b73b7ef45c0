import type { DescMethod } from "@bufbuild/protobuf";

import { useWhyNot } from "#pages/parts/role-words.ts";
import { Button, type ButtonProps } from "#ui/button.tsx";

/** A button that calls an RPC; for readers whose role does not allow it, one that says which role does. */
export function ActButton({ method, unavailable, ...rest }: ButtonProps & { readonly method: DescMethod }) {
  const whyNot = useWhyNot(method);
  return <Button {...rest} unavailable={unavailable ?? whyNot} />;
}
