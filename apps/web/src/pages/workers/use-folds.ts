import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";

const route = getRouteApi("/workers");

/** Which groups are folded and which are shown to their end, as the address says it. */
export function useFolds() {
  const { fold, whole } = route.useSearch();
  const navigate = useNavigate({ from: "/workers" });
  const folds = useMemo(() => ({ folded: new Set(fold), whole: new Set(whole) }), [fold, whole]);
  return {
    folds,
    fold: (key: string) => void navigate({ search: (old) => ({ ...old, fold: turn(old.fold, key) }), replace: true }),
    showWhole: (key: string) =>
      void navigate({ search: (old) => ({ ...old, whole: turn(old.whole, key) }), replace: true }),
  };
}

function turn(keys: readonly string[] = [], key: string): readonly string[] | undefined {
  const left = keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key];
  return left.length === 0 ? undefined : left;
}
