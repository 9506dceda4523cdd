import { join } from "node:path";
import pg from "pg";
import { Fixtures } from "@mi/conformance";
import type { PostgresServer } from "@mi/postgres-server";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { BusyWriters } from "../faults/busy-writers.ts";
import { checkLedger } from "../faults/check-ledger.ts";
import { fillDisk } from "../faults/disk-full.ts";
import type { DiskFull } from "../faults/disk-full.ts";
import { freshSchema } from "../faults/fresh-places.ts";
import type { FreshPlace } from "../faults/fresh-places.ts";
import { Ledger } from "../faults/ledger.ts";
import { openAt } from "../faults/place.ts";
import { SmallDisk } from "../faults/small-disk.ts";
import { Soak } from "./soak.ts";
import type { SoakOptions } from "./soak.ts";

const NORMAL_COMMITS = 500;

export class PostgresSoak extends Soak {
  readonly #server: PostgresServer;

  constructor(options: SoakOptions, server: PostgresServer) {
    super(options);
    this.#server = server;
  }

  /** … and commits of durability "normal", which a crash of the server may take, are seen to be taken. */
  override async breakOnPurpose(): Promise<void> {
    await super.breakOnPurpose();
    const { place, remove } = await this.fresh();
    const storage = await PostgresStorage.open(place.at, { durability: "normal" });
    const make = new Fixtures(this.options.seed);
    const ledger = new Ledger();
    for (let i = 0; i < NORMAL_COMMITS; i++) {
      const commit = make.commit({ versions: [make.version()] });
      ledger.begin(commit);
      ledger.settle(commit.header.id, (await storage.commit(commit)).status);
    }
    await storage.close();
    await this.#server.break("immediate");
    await this.#server.restart();
    const again = await openAt(place);
    const findings = await checkLedger(again, ledger);
    await again.close();
    await remove();
    const lost = findings.filter(({ kind }) => kind === "lost").length;
    this.counts.controls.push({
      name: "durability normal, and a crash of the server",
      result: `it took the last ${lost} of ${NORMAL_COMMITS} commits, and made ${findings.length - lost} inconsistencies`,
      isCaught: lost > 0 && lost === findings.length,
    });
  }

  protected async fresh(): Promise<FreshPlace> {
    return freshSchema(this.#server.url);
  }

  /** Writers that go on while their sessions are ended, or the server is. */
  protected async ownTrial(seed: number): Promise<void> {
    const { place, whenDead, remove } = await this.fresh();
    const storage = await openAt(place);
    const writers = new BusyWriters(storage, seed, 6);
    await writers.acknowledgeMore(this.random.below(100));
    if (this.random.chance(0.5)) await this.#restart();
    else await this.#endSessions(new URL(place.at).searchParams.get("application_name") ?? "");
    await writers.acknowledgeMore(50);
    await writers.stop();
    this.reportFindings(seed, await checkLedger(storage, writers.ledger));
    const codes = [...writers.errors.keys()];
    this.report(
      seed,
      codes.filter((code) => code !== "MI_STORAGE_CONNECTION"),
    );
    this.counts.acknowledged += writers.acknowledged;
    await storage.close();
    await whenDead();
    await remove();
  }

  protected async fillSmallDisk(): Promise<DiskFull | undefined> {
    const disk = SmallDisk.mount(join(this.options.folder, "small-postgres"), 8);
    if (disk === undefined) return undefined;
    try {
      const folder = this.#server.ownFolder(join(disk.folder, "tables"));
      await this.#server.query(`create tablespace small location '${folder}'`);
      const { place, remove } = await this.fresh();
      const at = new URL(place.at);
      const options = at.searchParams.get("options") ?? "";
      at.searchParams.set("options", `${options} -c default_tablespace=small`);
      const storage = await openAt({ ...place, at: at.href });
      const result = await fillDisk(storage, this.options.seed, async () => disk.grow(256));
      await storage.close();
      await remove();
      await this.#server.query("drop tablespace small");
      return result;
    } finally {
      disk.unmount();
    }
  }

  async #restart(): Promise<void> {
    await this.#server.break(this.random.chance(0.5) ? "immediate" : "killed");
    await this.#server.restart();
    this.counts.restarts++;
  }

  async #endSessions(name: string): Promise<void> {
    const killer = new pg.Client(this.#server.url);
    await killer.connect();
    for (let i = 0; i < 200; i++) {
      const { rows } = await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = $1 and state = 'active' order by random() limit 1`,
        [name],
      );
      this.counts.sessionsEnded += rows.length;
    }
    await killer.end();
  }
}
