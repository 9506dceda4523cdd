import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fillDisk } from "../faults/disk-full.ts";
import type { DiskFull } from "../faults/disk-full.ts";
import { freshFile } from "../faults/fresh-places.ts";
import type { FreshPlace } from "../faults/fresh-places.ts";
import { openAt } from "../faults/place.ts";
import { SmallDisk } from "../faults/small-disk.ts";
import { loggedCommits, tearLog } from "../faults/torn-log.ts";
import { Soak } from "./soak.ts";

const LOGGED_COMMITS = 30;
const TEARS = 40;

export class SqliteSoak extends Soak {
  protected async fresh(): Promise<FreshPlace> {
    return freshFile(this.options.folder);
  }

  protected async ownTrial(seed: number): Promise<void> {
    const path = () => join(this.options.folder, `${randomBytes(6).toString("hex")}.sqlite`);
    const logged = await loggedCommits(seed, LOGGED_COMMITS, path);
    for (let i = 0; i < TEARS; i++) {
      const { findings } = await tearLog(logged, this.random, path());
      this.report(seed, findings);
      this.counts.tornLogs++;
    }
  }

  protected async fillSmallDisk(): Promise<DiskFull | undefined> {
    const disk = SmallDisk.mount(join(this.options.folder, "small-sqlite"), 4);
    if (disk === undefined) return undefined;
    try {
      const storage = await openAt({ engine: "sqlite", at: join(disk.folder, "data.sqlite") });
      const result = await fillDisk(storage, this.options.seed, async () => disk.grow(64));
      await storage.close();
      return result;
    } finally {
      disk.unmount();
    }
  }
}
