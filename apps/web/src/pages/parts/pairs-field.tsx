import { useId } from "react";
import type { Pair } from "#pages/parts/run-form.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { TextField } from "#ui/text-field.tsx";

interface PairsFieldProps {
  readonly legend: string;
  readonly hint: string;
  readonly pairs: readonly Pair[];
  readonly onChange: (pairs: readonly Pair[]) => void;
  readonly error?: string | undefined;
  readonly add: string;
  readonly namePlaceholder?: string;
  /** Names that come with the definition: they are given, and only their values change. */
  readonly fixed: readonly string[];
}

/** Names and values, one pair a line. */
export function PairsField({ legend, hint, pairs, onChange, error, add, fixed, namePlaceholder }: PairsFieldProps) {
  const id = useId();
  const set = (index: number, patch: Partial<Pair>) =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...patch } : pair)));
  const words = runStrings;
  return (
    <fieldset className={pairs.length > fixed.length ? "pairs" : "pairs pairs--given"} aria-describedby={id}>
      <legend className="label">{legend}</legend>
      {pairs.map((pair, index) => {
        const given = index < fixed.length;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a pair is its place; its name is what is being written
          <div key={index} className="pair">
            <TextField
              mono
              hideLabel
              label={words.pairName(index + 1)}
              placeholder={namePlaceholder ?? words.namePlaceholder}
              readOnly={given}
              value={pair.name}
              onChange={(name) => set(index, { name })}
            />
            <TextField
              mono
              hideLabel
              label={words.pairValue(pair.name || String(index + 1))}
              value={pair.value}
              onChange={(value) => set(index, { value })}
            />
            {!given && (
              <IconButton
                icon="close"
                label={words.removePair(pair.name || String(index + 1))}
                onClick={() => onChange(pairs.filter((_, at) => at !== index))}
              />
            )}
          </div>
        );
      })}
      <Button size="small" variant="quiet" icon="plus" onClick={() => onChange([...pairs, { name: "", value: "" }])}>
        {add}
      </Button>
      <p id={id} className={error === undefined ? "hint" : "hint hint--error"}>
        {error ?? hint}
      </p>
    </fieldset>
  );
}
