import { emptyStorage, emptyTarget } from "../empty-target.ts";

/** Under another name, and with an instance that counts one version too many. */
export const target = {
  ...emptyTarget({
    open: async () => ({
      ...emptyStorage(),
      stats: async () => ({ versions: 1, lineages: 0, commits: 0 }),
    }),
  }),
  name: "fresh",
};
