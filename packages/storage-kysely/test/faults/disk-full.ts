import { Fixtures } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { checkLedger } from "./check-ledger.ts";
import { Ledger } from "./ledger.ts";
import type { CheckedStorage } from "./place.ts";

export interface DiskFull {
  readonly acknowledged: number;
  /** What commits failed with when there was no room. */
  readonly codes: readonly string[];
  readonly findings: readonly string[];
}

/** Writes until there is no room, makes room, and sends again what was refused. */
export async function fillDisk(
  storage: CheckedStorage,
  seed: number,
  makeRoom: () => Promise<void>,
): Promise<DiskFull> {
  const make = new Fixtures(seed);
  const ledger = new Ledger();
  const data = JSON.stringify({ text: "word ".repeat(300) });
  const codes: string[] = [];
  for (let i = 0; codes.length < 5; i++) {
    const versions = Array.from({ length: 1 + (i % 5) }, () => make.version({ data }));
    const commit = make.commit({ versions });
    ledger.begin(commit);
    const code = await send(storage, ledger, commit);
    if (code !== undefined) codes.push(code);
  }
  const acknowledged = ledger.acknowledged.size;
  const full = await checkLedger(storage, ledger);
  await makeRoom();
  for (const commit of ledger.inDoubt()) await send(storage, ledger, commit);
  const all = [...full, ...(await checkLedger(storage, ledger))].map(({ message }) => message);
  const open = ledger.inDoubt().map(({ header }) => `commit ${header.id} found no room later`);
  return { acknowledged, codes: [...new Set(codes)], findings: [...all, ...open] };
}

/** The code of the error that came instead of an answer. */
async function send(
  storage: EntityStorage,
  ledger: Ledger,
  commit: Parameters<EntityStorage["commit"]>[0],
): Promise<string | undefined> {
  try {
    ledger.settle(commit.header.id, (await storage.commit(commit)).status);
    return undefined;
  } catch (error) {
    return MiError.is(error) ? error.code : String(error);
  }
}
