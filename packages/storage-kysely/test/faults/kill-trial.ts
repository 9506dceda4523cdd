import { setTimeout } from "node:timers/promises";
import { Fixtures } from "@mi/conformance";
import type { Random } from "@mi/conformance";
import type { LineageId } from "@mi/ecs";
import { runChild } from "../child/run-child.ts";
import type { Break } from "./broken-storage.ts";
import { checkLedger } from "./check-ledger.ts";
import type { Finding } from "./check-ledger.ts";
import { Ledger } from "./ledger.ts";
import { openAt } from "./place.ts";
import type { CheckedStorage, Place } from "./place.ts";
import { settleDoubts } from "./settle-doubts.ts";

/** What a writer process is told to do. */
export interface WriterOrder {
  readonly place: Place;
  readonly seed: number;
  readonly lineage: LineageId;
  /** How many commits to make, unless something ends it. */
  readonly commits: number;
  /** The most messages of a commit. */
  readonly messages: number;
  readonly durability?: "full" | "normal" | undefined;
  readonly broken?: Break | undefined;
  /** When to die: in which commit, counted from 0, and after which share of its moments; from 1 on, when it is written; from 2 on, when that was told. Or at the first moment after the first of two transactions of a commit that is split. */
  readonly dieAt?:
    { readonly commit: number; readonly share: number | "between-transactions" } | undefined;
}

/**
 * When writers die: from outside at any moment, or by themselves at a moment of their driver, right after they told of an
 * answer, or where a storage that splits commits is weak.
 */
export type Death = "any-moment" | "driver-moment" | "acknowledged" | "between-transactions";

export interface KillTrial {
  readonly seed: number;
  readonly writers: number;
  readonly killed: number;
  /** Writers that died between the begin of a commit and its acknowledgement. */
  readonly struck: number;
  readonly acknowledged: number;
  readonly conflicts: number;
  /** Commits in doubt that had been written, and that had not. */
  readonly written: number;
  readonly unwritten: number;
  readonly lost: readonly Finding[];
  readonly inconsistent: readonly Finding[];
}

export interface KillPlan {
  readonly place: Place;
  readonly seed: number;
  readonly writers: number;
  readonly death: Death;
  readonly random: Random;
  readonly broken?: Break | undefined;
  /** Called when all writers are dead, before anything is checked. */
  readonly whenDead?: (() => Promise<void>) | undefined;
}

/** Lets processes write to one entity, kills them, and compares what is stored with what they said. */
export async function killTrial(plan: KillPlan): Promise<KillTrial> {
  const ledger = new Ledger();
  const opened = await openAt(plan.place);
  const known = await beginLineage(opened, plan.seed, ledger);
  await opened.close();
  const ends = await Promise.all(
    Array.from({ length: plan.writers }, (_, i) => runWriter(plan, i + 1, known, ledger)),
  );
  await plan.whenDead?.();
  const struck = ledger.inDoubt().length;
  const storage = await openAt(plan.place);
  const first = await checkLedger(storage, ledger);
  const { written, unwritten, findings } = await settleDoubts(storage, ledger);
  await storage.close();
  // Opened once more: what was settled is there too, and it goes on.
  const again = await openAt(plan.place);
  const all = [...first, ...findings, ...(await checkLedger(again, ledger))];
  await again.close();
  return {
    seed: plan.seed,
    writers: plan.writers,
    killed: ends.filter((end) => end === "SIGKILL").length,
    struck,
    acknowledged: ledger.acknowledged.size,
    conflicts: ledger.refused.size,
    written,
    unwritten,
    lost: all.filter(({ kind }) => kind === "lost"),
    inconsistent: all.filter(({ kind }) => kind !== "lost"),
  };
}

async function beginLineage(
  storage: CheckedStorage,
  seed: number,
  ledger: Ledger,
): Promise<LineageId> {
  const make = new Fixtures(seed);
  const thread = make.version({ type: "Thread", lists: [[]] });
  const commit = make.commit({ versions: [thread] });
  ledger.begin(commit);
  await storage.commit(commit);
  ledger.acknowledged.add(commit.header.id);
  return thread.lineageId;
}

async function runWriter(
  { place, seed, death, random, broken }: KillPlan,
  number: number,
  lineage: LineageId,
  ledger: Ledger,
): Promise<number | string> {
  const last = 1 + random.below(12);
  const anyShare = random.next() * 1.3;
  const share = death === "between-transactions" ? death : death === "acknowledged" ? 2 : anyShare;
  const pause = random.next() * 2;
  const order: WriterOrder = {
    place,
    seed: seed * 100 + number,
    lineage,
    commits: 10_000,
    messages: 1 + random.below(20),
    broken,
    dieAt: death === "any-moment" ? undefined : { commit: last, share },
  };
  const { process: child, lines, ended } = runChild("fault-writer.ts", [JSON.stringify(order)]);
  let begun = 0;
  for await (const line of lines) {
    ledger.note(line);
    if (death === "any-moment" && line.startsWith("begin") && begun++ === last) {
      if (pause > 1) await setTimeout(pause - 1);
      child.kill("SIGKILL");
    }
  }
  return ended;
}
