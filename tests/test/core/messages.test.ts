import { describe, expect, test } from "@jest/globals";
import { entity, lineageRef, ref } from "@mi/ecs";
import { z } from "zod";
import { fixture, Note, note, usage, Usage } from "./fixtures/library.ts";

class Deep extends entity("test.Deep", {
  data: z.json().default(null),
  any: z.record(z.string(), z.unknown()).default({}),
  grid: z.array(z.array(ref(Usage))).default([]),
  parts: z.array(z.object({ day: z.date(), held: z.array(ref(Usage)) })).default([]),
  either: z.union([ref(Usage), ref(Note)]).optional(),
  shape: z.union([z.object({ width: z.number() }), z.array(z.number()), z.string()]).optional(),
  about: lineageRef(Note).optional(),
}) {
  get size(): number {
    return this.grid.length;
  }
}

async function deep(): Promise<Deep> {
  const { registry } = fixture();
  return registry.register(
    new Deep({
      any: { list: [1, { tags: [] }] },
      grid: [[], [usage()]],
      parts: [{ day: new Date(1), held: [] }],
    }),
  );
}

/** What is deep inside, however it is typed. */
function inside(value: unknown, ...way: readonly (string | number)[]): object {
  const found = way.reduce<unknown>((at, key) => Reflect.get(Object(at), key), value);
  return Object(found) as object;
}

describe("A refusal says where, what was expected, and what came", () => {
  test.each<[string, (entity: Deep) => unknown, string, readonly (string | number)[]]>([
    [
      "a value put into a list deep inside",
      (entity) => Reflect.set(inside(entity.any, "list", 1, "tags"), 0, Number.NaN),
      "any.list[1].tags[0] can't be stored: NaN is no finite number",
      ["any", "list", 1, "tags", 0],
    ],
    [
      "a value inside one that is put deep inside",
      (entity) => Reflect.set(inside(entity.any, "list", 1), "more", { x: [() => 1] }),
      "any.list[1].more.x[0] can't be stored: a function is no data",
      ["any", "list", 1, "more", "x", 0],
    ],
    [
      "a date that would be invalid",
      (entity) => entity.parts[0]?.day.setTime(Number.NaN),
      "parts[0].day can't be stored: setTime() would make the date invalid",
      ["parts", 0, "day"],
    ],
    [
      "a name on a list of entities",
      (entity) => Reflect.set(inside(entity.parts, 0, "held"), "best", 1),
      "parts[0].held: a list has no property best",
      ["parts", 0, "held"],
    ],
    [
      "an entity of another type in a list of lists",
      (entity) => inside(entity.grid, 1) && Reflect.set(inside(entity.grid, 1), 1, note("x")),
      "grid[1][1]: expected an entity of type test.Usage, got a test.Note",
      ["grid", 1, 1],
    ],
    [
      "what fits no type of a union",
      (entity) => Reflect.set(entity, "either", entity),
      "either: Invalid input: expected an entity of type test.Usage, got a test.Deep, or expected an entity of type test.Note, got a test.Deep",
      ["either"],
    ],
    [
      "what fits one member of a union on the outside",
      (entity) => Reflect.set(entity, "shape", { width: "1" }),
      "shape: Invalid input: width: expected number, received string",
      ["shape"],
    ],
    [
      "what no JSON can say",
      (entity) => Reflect.set(entity, "data", 1n),
      "data: Invalid input: expected string, received bigint, or expected number, received bigint, or expected boolean, received bigint, or expected null, received bigint, or …",
      ["data"],
    ],
    [
      "an entity where its id belongs",
      (entity) => Reflect.set(entity, "about", note("x")),
      "about can't be stored: an entity stands in a field without ref(); declare the reference, or assign its lineageId to a lineageRef()",
      ["about"],
    ],
    [
      "another id",
      (entity) => Reflect.set(entity, "about", "x"),
      "about: expected the lineageId of a test.Note, got a string",
      ["about"],
    ],
    [
      "a getter of the class",
      (entity) => Reflect.set(entity, "size", 1),
      "size: test.Deep has no such field: the class gives it, and it can't be assigned",
      ["size"],
    ],
    [
      "a list with names of its own, as a search gives it",
      (entity) => Reflect.set(entity.any, "found", /b/.exec("abc")),
      "any.found.index can't be stored: a list has positions and nothing else; copy it with Array.from(), or use an object",
      ["any", "found", "index"],
    ],
  ])("%s", async (_name, write, message, path) => {
    const entity = await deep();
    let caught: unknown;
    try {
      write(entity);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ message: expect.stringContaining(message) });
    const { details } = caught as { details: Record<string, unknown> };
    expect(details["path"] ?? inside(details["issues"], 0, "path")).toEqual(path);
    expect(entity.hasModifications()).toBe(false);
  });

  test("a constructor names every field that is wrong, and every name that is none", () => {
    expect(() =>
      Reflect.construct(Usage, [{ model: 1, totalTokens: 0.5, tokens: 1, by: "x" }]),
    ).toThrow(/tokens: .*no such field.*; by: .*no such field.*; model: .*; totalTokens: /);
  });

  test("what entity() can't take is named", () => {
    const define = (...given: readonly unknown[]) =>
      Reflect.apply(entity, undefined, given) as unknown;
    for (const name of ["", undefined, 5])
      expect(() => define(name, {})).toThrow(/a type needs a name/);
    for (const shape of [undefined, [], z.object({ a: z.string() }), "a"])
      expect(() => define("test.Shapeless", shape)).toThrow(
        /test.Shapeless: entity\(\) takes the fields as an object of schemas by name/,
      );
  });
});
