import { Fixtures, Random } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { RandomCommits } from "../src/model/random-commits.ts";
import { ReferenceModel } from "../src/model/reference-model.ts";

/** What runs of the model clause try, on the model alone: how often each kind of commit met each answer. */
function tally(seed: number, runs: number): ReadonlyMap<string, number> {
  const make = new Fixtures(seed);
  const random = new Random(seed);
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let run = 0; run < runs; run++) {
    const model = new ReferenceModel();
    const commits = new RandomCommits(make, random, model);
    for (let step = 0; step < 64; step++) {
      const { label, commit, lists } = commits.next();
      const prediction = model.predict(commit);
      count(label);
      count(prediction.status === "rejected" ? prediction.code : prediction.status);
      if (prediction.status !== "committed") continue;
      model.accept(commit, lists, model.commits.length + 1);
      commits.wasCommitted(commit);
    }
  }
  return counts;
}

test("a run at the gate budget meets every answer and tries every kind of commit", () => {
  const kinds = ["new", "fork", "fork of a head", "merge", "refs", "repeat", "resend"];
  const mistakes = ["other content", "other header", "missing"];
  const rejections = ["MI_STORAGE_ID_REUSE", "MI_STORAGE_MISSING_VERSION"];
  const answers = ["committed", "already-committed", "conflict", ...rejections];
  const counts = tally(1, 16);
  const rare = [...kinds, ...mistakes, ...answers].filter((key) => (counts.get(key) ?? 0) < 16);
  expect(rare).toEqual([]);
});

test("the same seed makes the same run", () => {
  expect([...tally(3, 2)]).toEqual([...tally(3, 2)]);
});

test("lists worked out on plain arrays are those that the edits of RefList make", () => {
  const model = new ReferenceModel();
  const commits = new RandomCommits(new Fixtures(2), new Random(2), model);
  for (let step = 0; step < 200; step++) {
    const { commit, lists } = commits.next();
    if (model.predict(commit).status !== "committed") continue;
    for (const { record } of commit.versions)
      expect(record.lists.map((list) => [...list])).toEqual(lists.get(record.ecsId));
    model.accept(commit, lists, model.commits.length + 1);
    commits.wasCommitted(commit);
  }
});
