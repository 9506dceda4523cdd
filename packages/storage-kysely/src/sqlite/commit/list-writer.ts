import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import type { ListPlan } from "../../lists/plan-list.ts";
import type { Piece } from "../../lists/pieces.ts";
import { argument, queries, rowid } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** Writes the lists of versions as they were planned. */
export class ListWriter {
  readonly #insertList;
  readonly #insertSegment;
  readonly #insertItem;
  readonly #insertRun;
  readonly #copyItems;

  constructor(connection: Connection) {
    this.#insertList = connection.command<
      [version: number, listIndex: number, segment: number | null, length: number]
    >(
      queries.insertInto("mi_version_lists").values({
        version_key: argument,
        list_index: argument,
        segment_key: argument,
        length: argument,
      }),
    );
    this.#insertSegment = connection.command<[runCount: number]>(
      queries.insertInto("mi_segments").values({ run_count: argument }),
    );
    this.#insertItem = connection.command<[segment: number, position: number, member: number]>(
      queries
        .insertInto("mi_segment_items")
        .values({ segment_key: argument, position: argument, member_key: argument }),
    );
    this.#insertRun = connection.command<
      [segment: number, position: number, source: number, start: number, length: number]
    >(
      queries.insertInto("mi_segment_runs").values({
        segment_key: argument,
        position: argument,
        source_key: argument,
        source_position: argument,
        length: argument,
      }),
    );
    this.#copyItems = connection.command<
      [segment: number, shift: number, source: number, start: number, end: number]
    >(
      queries
        .insertInto("mi_segment_items")
        .columns(["segment_key", "position", "member_key"])
        .expression(({ selectFrom }) =>
          selectFrom("mi_segment_items")
            .select(({ eb }) => [
              sql<number>`${argument}`.as("segment_key"),
              eb("position", "+", argument).as("position"),
              "member_key",
            ])
            .where("segment_key", "=", argument)
            .where("position", ">=", argument)
            .where("position", "<", argument),
        ),
    );
  }

  write(version: number, listIndex: number, plan: ListPlan, keyOf: (id: EcsId) => number): void {
    switch (plan.kind) {
      case "empty":
        this.#insertList.run(version, listIndex, null, 0);
        break;
      case "extend": {
        const { segment, from, members } = plan;
        members.forEach((id, i) => this.#insertItem.run(segment, from + i, keyOf(id)));
        this.#insertList.run(version, listIndex, segment, from + members.length);
        break;
      }
      case "new-segment": {
        const runs = plan.pieces.filter(({ kind }) => kind === "borrow");
        const segment = rowid(this.#insertSegment.run(runs.length));
        let length = 0;
        for (const piece of plan.pieces) length += this.#place(piece, segment, length, keyOf);
        this.#insertList.run(version, listIndex, segment, length);
        break;
      }
    }
  }

  /** The length of the piece. */
  #place(piece: Piece, segment: number, position: number, keyOf: (id: EcsId) => number): number {
    if (piece.kind === "members") {
      piece.members.forEach((id, i) => this.#insertItem.run(segment, position + i, keyOf(id)));
      return piece.members.length;
    }
    const { source, start, length } = piece.run;
    if (piece.kind === "borrow") this.#insertRun.run(segment, position, source, start, length);
    else this.#copyItems.run(segment, position - start, source, start, start + length);
    return length;
  }
}
