import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";

/** A file system in memory, of a size that can change. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts one at a new folder; `undefined` where that isn't allowed. */
  static mount(folder: string, megabytes: number): SmallDisk | undefined {
    mkdirSync(folder);
    try {
      run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
    } catch {
      return undefined;
    }
    // A server that runs as another user writes there too.
    chmodSync(folder, 0o777);
    return new SmallDisk(folder);
  }

  grow(megabytes: number): void {
    run("mount", "-o", `remount,size=${megabytes}m`, this.folder);
  }

  unmount(): void {
    run("umount", this.folder);
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: "ignore" });
}
