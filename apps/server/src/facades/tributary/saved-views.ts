import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SavedViewSchema, SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import type { Ports } from "#core/ports/index.ts";
import type { SavedView } from "#core/saved-views/saved-view.ts";
import { createSavedView, deleteSavedView, listSavedViews, updateSavedView } from "#core/saved-views/saved-views.ts";
import { principalOf } from "#rpc/auth.ts";

function fromView(view: SavedView): MessageInitShape<typeof SavedViewSchema> {
  const { id, name, page, query, projectName, createdBy, createdAt, updatedBy, updatedAt } = view;
  return {
    id,
    name,
    page,
    query,
    projectName,
    creator: createdBy,
    createTime: timestampFromMs(createdAt),
    updater: updatedBy,
    updateTime: timestampFromMs(updatedAt),
  };
}

export function savedViewHandlers(ports: Ports): ServiceImpl<typeof SavedViewService> {
  return {
    async listSavedViews({ page }) {
      return { views: (await listSavedViews(ports, page)).map(fromView) };
    },
    async createSavedView({ name, page, query, projectName }, context) {
      const by = principalOf(context).name;
      return { view: fromView(await createSavedView(ports, { name, page, query, projectName, by })) };
    },
    async updateSavedView({ id, name, query }, context) {
      const change = { ...(name === undefined ? {} : { name }), ...(query === undefined ? {} : { query }) };
      return { view: fromView(await updateSavedView(ports, { id, ...change, by: principalOf(context).name })) };
    },
    async deleteSavedView({ id }) {
      await deleteSavedView(ports, id);
      return {};
    },
  };
}
