import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where a commit stands: which generation of the data, and its number in it. Numbers have no gaps. */
export interface Place {
  readonly generation: number;
  readonly number: number;
}

/**
 * The files. Each generation of the data is a folder, each commit in it one file:
 *
 *     <folder>/1/1.json, 2.json, 3.json …    before the first clear
 *     <folder>/2/1.json …                    after it
 *     <folder>/tmp/                          what is being written or deleted
 *
 * A file appears by `link`, whole or not at all, and only one process can make the file of a number. A generation ends
 * when the folder of the next one is made, and goes by `rename`, whole. That is all the locking there is.
 */
export class CommitFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async make(): Promise<void> {
    await mkdir(join(this.#folder, "tmp"), { recursive: true });
    if ((await this.#generations()).length === 0) await this.#begin(1);
    await flushFolder(this.#folder);
    await flushFolder(dirname(this.#folder));
  }

  /** @throws an error of code ENOENT when the folder was deleted */
  async newestGeneration(): Promise<number> {
    const generations = await this.#generations();
    if (generations.length > 0) return Math.max(...generations);
    throw Object.assign(new Error(`${this.#folder} holds no generation`), { code: "ENOENT" });
  }

  /** The text of a commit; `undefined` when there is none at this place. */
  async read(place: Place): Promise<string | undefined> {
    try {
      return await readFile(this.#fileOf(place), "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Whether the commit at a place was there: the one after it was published later. */
  async isMissing({ generation, number }: Place): Promise<boolean> {
    const after = await this.read({ generation, number: number + 1 });
    return after !== undefined && (await this.read({ generation, number })) === undefined;
  }

  /** Writes a file that no reader sees yet; its path. */
  async write(text: string): Promise<string> {
    const path = this.#temporary();
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } catch (error) {
      // A disk that is full must not stay so by what did not fit.
      await this.discard(path);
      throw error;
    } finally {
      await file.close();
    }
    return path;
  }

  /** Makes a written file the commit at a place: false when another one is there, or the generation has ended. */
  async publish(written: string, place: Place): Promise<boolean> {
    try {
      await link(written, this.#fileOf(place));
    } catch (error) {
      if (codeOf(error) === "EEXIST" || codeOf(error) === "ENOENT") return false;
      throw error;
    }
    await this.flush(place.generation);
    return true;
  }

  /** Ends when every commit of a generation that readers can see survives a power failure. */
  async flush(generation: number): Promise<void> {
    try {
      await flushFolder(join(this.#folder, String(generation)));
    } catch (error) {
      // Cleared in the meantime: there is nothing left that could be lost.
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }

  async discard(written: string): Promise<void> {
    await rm(written, { force: true });
  }

  /** Begins the next generation, and deletes all up to this one. Another process may do the same. */
  async end(generation: number): Promise<void> {
    await this.#begin(generation + 1);
    await flushFolder(this.#folder);
    for (const ended of await this.#generations())
      if (ended <= generation) await this.#delete(ended);
  }

  /** Its files go all at once: a number that is free again would let a late commit in. */
  async #delete(generation: number): Promise<void> {
    const doomed = this.#temporary();
    try {
      await rename(join(this.#folder, String(generation)), doomed);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      throw error;
    }
    await rm(doomed, { recursive: true });
  }

  async #begin(generation: number): Promise<void> {
    await mkdir(join(this.#folder, String(generation)), { recursive: true });
  }

  async #generations(): Promise<readonly number[]> {
    const names = await readdir(this.#folder);
    return names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
  }

  #fileOf({ generation, number }: Place): string {
    return join(this.#folder, String(generation), `${number}.json`);
  }

  #temporary(): string {
    return join(this.#folder, "tmp", randomUUID());
  }
}

/** A file that was made or renamed is safe when its folder is flushed, too. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** By its code: `instanceof` fails between realms. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
