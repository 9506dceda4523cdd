import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { checksumOf, NOT_AS_STORED } from "../checksum.ts";
import { check } from "./check.ts";
import type { Check, CheckEngine } from "./check.ts";

type Row = readonly [
  ecsId: EcsId,
  checksum: number,
  data: string,
  refCount: number,
  refs: number,
  refsEnd: number,
  listCount: number,
  lists: number,
  listsEnd: number,
  /** JSON arrays, in document order. */
  targets: string,
  lengths: string,
];

/** Versions whose data, references or lists are other than what was stored. */
export function contentChecks({ queries, jsonArray, textOf }: CheckEngine): readonly Check[] {
  const versions = queries.selectFrom("mi_versions as v").select(({ selectFrom }) => [
    "v.ecs_id",
    "v.checksum",
    "v.data",
    "v.ref_count",
    selectFrom("mi_references as r")
      .select(({ fn }) => fn.countAll().as("refs"))
      .whereRef("r.version_key", "=", "v.version_key")
      .as("refs"),
    selectFrom("mi_references as r")
      .select(sql`coalesce(max(r.position) + 1, 0)`.as("refs_end"))
      .whereRef("r.version_key", "=", "v.version_key")
      .as("refs_end"),
    "v.list_count",
    selectFrom("mi_version_lists as w")
      .select(({ fn }) => fn.countAll().as("lists"))
      .whereRef("w.version_key", "=", "v.version_key")
      .as("lists"),
    selectFrom("mi_version_lists as w")
      .select(sql`coalesce(max(w.list_index) + 1, 0)`.as("lists_end"))
      .whereRef("w.version_key", "=", "v.version_key")
      .as("lists_end"),
    selectFrom("mi_references as r")
      .innerJoin("mi_versions as target", "target.version_key", "r.target_key")
      .select(jsonArray("target.ecs_id", "r.position").as("targets"))
      .whereRef("r.version_key", "=", "v.version_key")
      .as("targets"),
    selectFrom("mi_version_lists as w")
      .select(jsonArray("w.length", "w.list_index").as("lengths"))
      .whereRef("w.version_key", "=", "v.version_key")
      .as("lengths"),
  ]);
  return [
    check<Row>(versions, function* (row) {
      const [ecsId, checksum, data, refCount, refs, refsEnd, listCount, lists, listsEnd] = row;
      const targets = JSON.parse(row[9]) as EcsId[];
      const lengths = JSON.parse(row[10]) as number[];
      const wrong: string[] = [];
      if (checksumOf(textOf(data), targets, lengths) !== checksum) wrong.push(NOT_AS_STORED);
      if (refs !== refCount || refsEnd !== refCount)
        wrong.push(`it has ${refs} references up to position ${refsEnd}, not ${refCount}`);
      if (lists !== listCount || listsEnd !== listCount)
        wrong.push(`it has ${lists} lists up to position ${listsEnd}, not ${listCount}`);
      for (const what of wrong)
        yield { kind: "content", message: `Version ${ecsId}: ${what}`, details: { ecsId } };
    }),
  ];
}
