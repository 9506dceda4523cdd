import { Random } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { seedFor } from "../src/random.ts";

function numbers(seed: number): readonly number[] {
  const random = new Random(seed);
  return Array.from({ length: 1000 }, () => random.next());
}

test("the same seed gives the same numbers, on every machine and in every version of the kit", () => {
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(1).slice(0, 3)).toEqual([
    0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
  ]);
});

test("other seeds give other numbers, neighbours included", () => {
  const firsts = Array.from({ length: 100 }, (_, seed) => numbers(seed)[0]);
  expect(new Set(firsts).size).toBe(100);
});

test("numbers are spread evenly over 0 to 1", () => {
  const buckets = new Map<number, number>();
  for (const number of numbers(3)) {
    const bucket = Math.floor(number * 10);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  expect(buckets.size).toBe(10);
  expect(Math.min(...buckets.values())).toBeGreaterThan(60);
});

test("below, pick and shuffled stay within what they are given", () => {
  const random = new Random(1);
  const items = ["a", "b", "c"];
  expect(new Set(Array.from({ length: 100 }, () => random.below(3)))).toEqual(new Set([0, 1, 2]));
  expect(new Set(Array.from({ length: 100 }, () => random.pick(items)))).toEqual(new Set(items));
  expect(random.pick([])).toBeUndefined();
  expect([...random.shuffled(items)].toSorted()).toEqual(items);
  expect(items).toEqual(["a", "b", "c"]);
});

test("each label has a seed of its own, and each run seed other ones", () => {
  const seeds = [1, 2].flatMap((seed) =>
    ["C-001", "C-002", "C-010"].map((id) => seedFor(seed, id)),
  );
  expect(new Set(seeds).size).toBe(6);
});
