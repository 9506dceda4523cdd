import { dirname } from "node:path";
import { Random } from "@mi/conformance";
import { testServer } from "@mi/postgres-server/jest";
import { describe, expect, test } from "@jest/globals";
import { scratchPath } from "../scratch-folder.ts";
import { freshFile, freshSchema } from "./fresh-places.ts";
import type { FreshPlace } from "./fresh-places.ts";
import { killTrial } from "./kill-trial.ts";
import type { Death, KillTrial } from "./kill-trial.ts";
import type { Break } from "./broken-storage.ts";
import type { Engine } from "./place.ts";

const seed = 20;
const WRITERS = 3;

async function fresh(engine: Engine): Promise<FreshPlace> {
  return engine === "sqlite"
    ? freshFile(dirname(scratchPath()))
    : freshSchema((await testServer("on")).url);
}

async function trial(
  engine: Engine,
  death: Death,
  random: Random,
  number: number,
  broken?: Break,
): Promise<KillTrial> {
  const writers = broken === undefined ? WRITERS : 1;
  const place = await fresh(engine);
  const result = await killTrial({ ...place, seed: seed + number, writers, death, random, broken });
  await place.remove();
  return result;
}

const sum = (all: readonly KillTrial[], name: "killed" | "struck") =>
  all.reduce((total, each) => total + each[name], 0);

describe.each(["sqlite", "postgres"] as const)("writers of %s that are killed", (engine) => {
  test.each(["any-moment", "driver-moment"] as const)(
    "at %s leave all that was acknowledged, and nothing by halves",
    async (death) => {
      const random = new Random(seed);
      const all: KillTrial[] = [];
      for (let i = 0; i < 3; i++) all.push(await trial(engine, death, random, i));
      for (const each of all) {
        expect(each).toMatchObject({ killed: WRITERS, lost: [], inconsistent: [] });
        expect(each.acknowledged).toBeGreaterThan(0);
      }
      // The kills really struck: most of them between the begin of a commit and its answer.
      expect(sum(all, "struck") * 2).toBeGreaterThan(sum(all, "killed"));
    },
  );
});

describe("the check of killed writers notices", () => {
  const engines = ["sqlite", "postgres"] as const;

  test.each(engines)("a storage on %s that writes a commit in two transactions", async (engine) => {
    const random = new Random(seed);
    for (let i = 0; i < 3; i++) {
      const { inconsistent } = await trial(engine, "between-transactions", random, i, "split");
      expect(inconsistent.map(({ kind }) => kind)).toContain("half");
    }
  });

  test.each(engines)(
    "a storage on %s that acknowledges a commit before it is written",
    async (engine) => {
      const { lost } = await trial(engine, "acknowledged", new Random(seed), 0, "early");
      expect(lost).not.toEqual([]);
    },
  );
});
