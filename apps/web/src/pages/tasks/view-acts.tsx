import { useMutation } from "@connectrpc/connect-query";
import { type SavedView, SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { hasFilters, type TaskSearch } from "#pages/task-search.ts";
import { differs, toQuery } from "#pages/tasks/saved-view.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Menu } from "#ui/menu.tsx";
import { TextField } from "#ui/text-field.tsx";
import { showToast } from "#ui/toasts.ts";

const words = tasksStrings.saved;

interface ViewActsProps {
  readonly search: TaskSearch;
  /** The view by whose name the list goes. */
  readonly view: SavedView | undefined;
  readonly isBuiltIn: boolean;
  /** The list goes by this name from now on; undefined when it goes by none. */
  readonly onView: (id: string | undefined) => void;
}

type Asking = "save" | "rename" | "remove";

/** Saves what the list shows, and changes the view that it shows. */
export function ViewActs(props: ViewActsProps) {
  const { search, view, isBuiltIn } = props;
  const [asking, setAsking] = useState<Asking>();
  const whyNot = useWhyNot(SavedViewService.method.createSavedView);
  const canSave = search.order !== undefined || search.cols !== undefined || (hasFilters(search) && !isBuiltIn);
  const close = () => setAsking(undefined);
  return (
    <>
      {view ? (
        <ViewMenu {...props} view={view} whyNot={whyNot} onAsk={setAsking} />
      ) : (
        canSave && (
          <Button size="small" variant="quiet" unavailable={whyNot} onClick={() => setAsking("save")}>
            {words.save}
          </Button>
        )
      )}
      {asking === "save" && <SaveView {...props} onClose={close} />}
      {asking === "rename" && view && <RenameView view={view} onClose={close} />}
      {asking === "remove" && view && <RemoveView {...props} view={view} onClose={close} />}
    </>
  );
}

function ViewMenu(
  props: ViewActsProps & {
    readonly view: SavedView;
    readonly whyNot: string | undefined;
    readonly onAsk: (asking: Asking) => void;
  },
) {
  const { view, search, whyNot, onAsk } = props;
  const update = useMutation(SavedViewService.method.updateSavedView, { onError: tellFailure });
  const changed = differs(view, search);
  const disabled = whyNot !== undefined;
  return (
    <>
      {changed && (
        <Button
          size="small"
          variant="quiet"
          busy={update.isPending}
          unavailable={whyNot}
          onClick={() => update.mutate({ id: view.id, query: toQuery(search) })}
        >
          {words.saveChanges}
        </Button>
      )}
      <Menu
        trigger={<IconButton size="small" icon="more" label={words.acts(view.name)} />}
        items={[
          { id: "new", label: words.saveNew, disabled, hint: whyNot, onSelect: () => onAsk("save") },
          { id: "rename", label: words.rename, disabled, onSelect: () => onAsk("rename") },
          { id: "remove", label: words.remove, disabled, danger: true, apart: true, onSelect: () => onAsk("remove") },
        ]}
      />
    </>
  );
}

function SaveView({ search, onView, onClose }: ViewActsProps & { readonly onClose: () => void }) {
  const create = useMutation(SavedViewService.method.createSavedView, {
    onSuccess: ({ view }) => {
      onView(view?.id);
      onClose();
    },
  });
  return (
    <NameDialog
      title={words.saveTitle}
      lead={search.project === undefined ? words.saveLead : words.saveOf(search.project)}
      confirm={words.save}
      busy={create.isPending}
      error={create.error}
      onClose={onClose}
      onName={(name) =>
        create.mutate({ name, page: "tasks", query: toQuery(search), projectName: search.project ?? "" })
      }
    />
  );
}

function RenameView({ view, onClose }: { readonly view: SavedView; readonly onClose: () => void }) {
  const update = useMutation(SavedViewService.method.updateSavedView, { onSuccess: onClose });
  return (
    <NameDialog
      title={words.renameTitle}
      lead={words.saveLead}
      name={view.name}
      confirm={words.rename}
      busy={update.isPending}
      error={update.error}
      onClose={onClose}
      onName={(name) => update.mutate({ id: view.id, name })}
    />
  );
}

function NameDialog(props: {
  readonly title: string;
  readonly lead: string;
  readonly name?: string;
  readonly confirm: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onClose: () => void;
  readonly onName: (name: string) => void;
}) {
  const [name, setName] = useState(props.name ?? "");
  const ready = name.trim() !== "";
  return (
    <Dialog
      open
      title={props.title}
      lead={props.lead}
      onClose={props.onClose}
      onSubmit={() => ready && props.onName(name.trim())}
      actions={
        <>
          <Button onClick={props.onClose}>{tasksStrings.bulk.keep}</Button>
          <Button type="submit" variant="primary" disabled={!ready} busy={props.busy}>
            {props.confirm}
          </Button>
        </>
      }
    >
      <TextField
        label={words.name}
        value={name}
        maxLength={80}
        error={props.error ? toSentence(props.error) : undefined}
        onChange={setName}
      />
    </Dialog>
  );
}

function RemoveView({
  view,
  onView,
  onClose,
}: ViewActsProps & { readonly view: SavedView; readonly onClose: () => void }) {
  const remove = useMutation(SavedViewService.method.deleteSavedView, {
    onSuccess: () => {
      onView(undefined);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      title={words.removeTitle(view.name)}
      confirm={words.removeConfirm}
      keep={words.keep}
      busy={remove.isPending}
      error={remove.error ? toSentence(remove.error) : undefined}
      onConfirm={() => remove.mutate({ id: view.id })}
      onClose={onClose}
    >
      {words.removeText}
    </ConfirmDialog>
  );
}

function tellFailure(error: unknown): void {
  showToast({ title: words.unsaved, text: toSentence(error), state: "problem" });
}
