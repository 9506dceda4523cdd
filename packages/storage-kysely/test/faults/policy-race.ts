import { EntityRegistry } from "@mi/ecs";
import { outputOf } from "../child/run-child.ts";
import { openAt } from "./place.ts";
import type { CheckedStorage, Place } from "./place.ts";
import { policies, SharedThread } from "./shared-thread.ts";
import type { Conflicts, Policy, PolicyOrder, Threads } from "./shared-thread.ts";

export interface PolicyRace {
  /** How often somebody else was first, by policy. */
  readonly conflicts: Conflicts;
  /** What is not as the policy promises. */
  readonly findings: readonly string[];
}

/** Processes that all write to one entity at once, under each policy in turn. */
export async function policyRace(
  place: Place,
  writers: number,
  entries: number,
): Promise<PolicyRace> {
  const storage = await openAt(place);
  const registry = new EntityRegistry({ storage, types: [SharedThread] });
  const threads = {} as Record<Policy, Threads[Policy]>;
  for (const policy of policies) {
    const { ecsId, lineageId } = await registry.register(new SharedThread({}));
    threads[policy] = { ecsId, lineageId };
  }
  const run = async (order: PolicyOrder): Promise<string> =>
    outputOf("policy-writer.ts", [JSON.stringify(order)]);
  // What all of them load is transpiled once.
  await run({ place, writer: -1, entries: 0, threads });
  const outputs = await Promise.all(
    Array.from({ length: writers }, (_, writer) => run({ place, writer, entries, threads })),
  );
  const told = outputs.map((output) => JSON.parse(output) as Conflicts);
  const sum = (policy: Policy) => told.reduce((total, each) => total + each[policy], 0);
  const findings = await findingsOf(storage, registry, threads, writers, entries);
  await storage.close();
  return {
    conflicts: { branch: sum("branch"), fail: sum("fail"), merge: sum("merge") },
    findings,
  };
}

async function findingsOf(
  storage: CheckedStorage,
  registry: EntityRegistry,
  threads: Threads,
  writers: number,
  entries: number,
): Promise<readonly string[]> {
  const findings = (await storage.verify()).map(({ message }) => message);
  const expect = (what: string, found: unknown, expected: unknown): void => {
    const [is, should] = [JSON.stringify(found), JSON.stringify(expected)];
    if (is !== should) findings.push(`${what}: ${is}, not ${should}`);
  };
  const own = (writer: number) => Array.from({ length: entries }, (_, i) => `${writer}:${i}`);
  const all = Array.from({ length: writers }, (_, writer) => own(writer));

  // Each writer has gone on from the first version by itself: one head each, with its own entries.
  expect(
    "branch",
    (await headTexts(registry, threads.branch)).toSorted(byText),
    all.toSorted(byText),
  );

  // One line of versions; each writer's entries are in it in the order in which it wrote them.
  const [line = [], ...others] = await headTexts(registry, threads.fail);
  expect("fail, further heads", others.length, 0);
  expect("fail", line.toSorted(), all.flat().toSorted());
  all.forEach((entriesOf, writer) =>
    expect(
      `fail, order of writer ${writer}`,
      line.filter((text) => entriesOf.includes(text)),
      entriesOf,
    ),
  );
  const { versions } = await registry.lineage(threads.fail.lineageId);
  const parents = versions.map(({ record }) => record.parentId);
  expect("fail, parents", parents, [
    null,
    ...versions.slice(0, -1).map(({ record }) => record.ecsId),
  ]);

  // One head that holds all.
  const [merged = [], ...unmerged] = await headTexts(registry, threads.merge);
  expect("merge, further heads", unmerged.length, 0);
  expect("merge", merged.toSorted(), all.flat().toSorted());
  return findings;
}

/** The entries of each head. */
async function headTexts(
  registry: EntityRegistry,
  { lineageId }: Threads[Policy],
): Promise<readonly (readonly string[])[]> {
  const heads = await registry.heads(lineageId);
  const threads = await Promise.all(heads.map((id) => registry.getOrThrow(SharedThread, id)));
  return threads.map(({ entries }) => entries.map(({ text }) => text));
}

function byText(a: readonly string[], b: readonly string[]): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
