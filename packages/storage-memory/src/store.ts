import { CommitLog } from "./commit-log.ts";
import { NamedRefs } from "./named-refs.ts";
import { VersionIndex } from "./version-index.ts";

/** All that a medium holds. */
export class Store {
  versions = new VersionIndex();
  commits = new CommitLog();
  refs = new NamedRefs();

  clear(): void {
    this.versions = new VersionIndex();
    this.commits = new CommitLog();
    this.refs = new NamedRefs();
  }
}
