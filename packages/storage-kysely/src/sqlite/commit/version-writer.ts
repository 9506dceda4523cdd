import type { EcsId, EntityRecord, LineageId } from "@mi/ecs";
import { checksumOf } from "../../checksum.ts";
import type { ListPlan } from "../../lists/plan-list.ts";
import { argument, queries, rowid } from "../connection.ts";
import type { Connection } from "../connection.ts";
import { ListWriter } from "./list-writer.ts";
import type { KnownVersions } from "./known-versions.ts";

/** A version that is about to be stored, when nothing can be missing any more. */
export interface PlannedVersion {
  readonly record: EntityRecord;
  readonly lists: readonly ListPlan[];
}

/** Writes the versions of one commit, their references and lists, and moves the heads. */
export class VersionWriter {
  readonly #lineage;
  readonly #type;
  readonly #insertType;
  readonly #insertVersion;
  readonly #insertReference;
  readonly #insertHead;
  readonly #deleteHead;
  readonly #lists: ListWriter;
  /** Types are never deleted, so a key that was committed once stays right. */
  readonly #typeKeys = new Map<string, number>();
  readonly #remembersTypes: boolean;

  /** In a transaction of somebody else, what is stored may be taken back, and is not remembered. */
  constructor(connection: Connection, remembersTypes: boolean) {
    this.#remembersTypes = remembersTypes;
    this.#lineage = connection.values<[id: string], number>(
      queries.selectFrom("mi_versions").select("version_key").where("lineage_id", "=", argument),
    );
    this.#type = connection.values<[name: string], number>(
      queries.selectFrom("mi_types").select("type_key").where("name", "=", argument),
    );
    this.#insertType = connection.command<[name: string]>(
      queries.insertInto("mi_types").values({ name: argument }),
    );
    this.#insertVersion = connection.command<
      [
        key: number,
        ecsId: string,
        lineage: number,
        newLineageId: string | null,
        parent: number | null,
        mergedFrom: number | null,
        type: number,
        schemaVersion: number,
        sequence: number,
        createdAt: string,
        refCount: number,
        listCount: number,
        checksum: number,
        data: string,
      ]
    >(
      queries.insertInto("mi_versions").values({
        version_key: argument,
        ecs_id: argument,
        lineage_key: argument,
        lineage_id: argument,
        parent_key: argument,
        merged_from_key: argument,
        type_key: argument,
        schema_version: argument,
        sequence: argument,
        created_at: argument,
        ref_count: argument,
        list_count: argument,
        checksum: argument,
        data: argument,
      }),
    );
    this.#insertReference = connection.command<[version: number, position: number, target: number]>(
      queries
        .insertInto("mi_references")
        .values({ version_key: argument, position: argument, target_key: argument }),
    );
    this.#insertHead = connection.command<[lineage: number, version: number]>(
      queries.insertInto("mi_heads").values({ lineage_key: argument, version_key: argument }),
    );
    this.#deleteHead = connection.command<[lineage: number, version: number]>(
      queries
        .deleteFrom("mi_heads")
        .where("lineage_key", "=", argument)
        .where("version_key", "=", argument),
    );
    this.#lists = new ListWriter(connection);
  }

  write(versions: readonly PlannedVersion[], sequence: number, known: KnownVersions): void {
    const superseded = new Set<EcsId>();
    for (const { record } of versions) {
      if (record.parentId !== null) superseded.add(record.parentId);
      if (record.mergedFromId !== null) superseded.add(record.mergedFromId);
    }
    const lineages = new Map<LineageId, number>();
    const types = new Map<string, number>();
    for (const { record } of versions) {
      const key = known.keyOf(record.ecsId);
      const stored = lineages.get(record.lineageId) ?? this.#lineage.get(record.lineageId);
      const lineage = stored ?? key;
      const type = types.get(record.type) ?? this.#typeKey(record.type);
      lineages.set(record.lineageId, lineage);
      types.set(record.type, type);
      this.#insertVersion.run(
        key,
        record.ecsId,
        lineage,
        stored === undefined ? record.lineageId : null,
        record.parentId === null ? null : known.keyOf(record.parentId),
        record.mergedFromId === null ? null : known.keyOf(record.mergedFromId),
        type,
        record.schemaVersion,
        sequence,
        record.createdAt,
        record.refs.length,
        record.lists.length,
        checksumOf(
          record.data,
          record.refs,
          record.lists.map((list) => list.length),
        ),
        record.data,
      );
      if (!superseded.has(record.ecsId)) this.#insertHead.run(lineage, key);
    }
    for (const id of superseded) {
      const place = known.isFresh(id) ? undefined : known.stored(id);
      if (place !== undefined) this.#deleteHead.run(place.lineage, place.key);
    }
    // Only now: versions of one commit may refer to each other in any order.
    for (const { record, lists } of versions) {
      const key = known.keyOf(record.ecsId);
      record.refs.forEach((id, i) => this.#insertReference.run(key, i, known.keyOf(id)));
      lists.forEach((plan, i) => this.#lists.write(key, i, plan, known.keyOf));
    }
  }

  #typeKey(name: string): number {
    const remembered = this.#typeKeys.get(name);
    if (remembered !== undefined) return remembered;
    const stored = this.#type.get(name);
    // One that is new here is not remembered: this transaction may come to nothing.
    if (stored === undefined) return rowid(this.#insertType.run(name));
    if (this.#remembersTypes) this.#typeKeys.set(name, stored);
    return stored;
  }
}
