import type { EcsId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import type { RefList } from "../storage/ref-list.ts";
import type { Content, WarmState } from "./warm-state.ts";

const NONE: readonly never[] = Object.freeze([]);

/** The cold snapshot that a warm copy stands on, and what it became in memory. */
export class Recorded {
  readonly record: EntityRecord;
  readonly #content: Content | undefined;
  readonly #ids: Ids | undefined;

  /**
   * @param content what the record became in memory; left out where the record holds no entity, which most do, so that ten
   *   thousand messages need no second object each
   */
  constructor(record: EntityRecord, content?: Content, ids?: Ids) {
    this.record = record;
    this.#content = content;
    this.#ids = ids;
  }

  /** What a copy stands on when its content is the record's, literally. */
  static as(record: EntityRecord, refs: readonly WarmState[], lists: Content["lists"]): Recorded {
    const { data, schemaVersion } = record;
    return new Recorded(record, { data, schemaVersion, refs, lists });
  }

  /**
   * The content right after the load or the commit: what is compared with. Its text is the record's own, unless the
   * record is of an older shape.
   */
  get content(): Content {
    const { data, schemaVersion } = this.record;
    return this.#content ?? { data, schemaVersion, refs: NONE, lists: NONE };
  }

  /** The versions of `content.refs` then. */
  get refIds(): readonly EcsId[] {
    return this.#ids?.refIds ?? this.record.refs;
  }

  /** The versions of `content.lists` then. */
  get listIds(): readonly RefList[] {
    return this.#ids?.listIds ?? this.record.lists;
  }

  withContent(content: Content): Recorded {
    return new Recorded(this.record, content, this.#ids);
  }
}

/** Where they aren't those of the record, because it is of an older shape. */
interface Ids {
  readonly refIds: readonly EcsId[];
  readonly listIds: readonly RefList[];
}
