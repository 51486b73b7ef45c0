import { useRouter } from "@tanstack/react-router";
import { type Model, ModelService } from "@tributary/proto/tributary/v1/models_pb";

import { links } from "#pages/links.ts";
import { useModelAct } from "#pages/models/use-model-act.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { Button, type ButtonProps } from "#ui/button.tsx";
import { showToast } from "#ui/toasts.ts";

const words = modelsStrings;

/** Runs a model's training now. */
export function TrainButton({ model, ...look }: { readonly model: Model } & Pick<ButtonProps, "variant" | "size">) {
  const router = useRouter();
  const train = useModelAct(ModelService.method.trainModel, words.trainFailed);
  const whyNot = useWhyNot(ModelService.method.trainModel);
  const start = async () => {
    const { task } = await train.mutateAsync({ id: model.id });
    showToast({
      title: words.training(model.name),
      state: "queued",
      ...(task && { action: { label: actsStrings.openTask, onAct: () => router.history.push(links.task(task.id)) } }),
    });
  };
  return (
    <Button
      {...look}
      busy={train.isPending}
      unavailable={whyNot ?? (model.hasTraining ? undefined : words.noTraining)}
      onClick={() => void start().catch(() => undefined)}
    >
      {words.train}
    </Button>
  );
}
