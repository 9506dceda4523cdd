import { Random } from "@mi/conformance";
import type { Break } from "../faults/broken-storage.ts";
import type { Finding } from "../faults/check-ledger.ts";
import type { DiskFull } from "../faults/disk-full.ts";
import type { FreshPlace } from "../faults/fresh-places.ts";
import { killTrial } from "../faults/kill-trial.ts";
import type { Death, KillTrial } from "../faults/kill-trial.ts";
import { policyRace } from "../faults/policy-race.ts";
import { SoakCounts } from "./soak-counts.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  /** A folder for files, which its owner removes. */
  readonly folder: string;
  /** Told each thing that is wrong, and what is worth knowing. */
  readonly say: (line: string) => void;
}

/** Kills of a storage that is broken on purpose, where it is weak, and how many of them have to be noticed. */
const CONTROLS = 10;
const FEWEST_CAUGHT = 9;
const WRITERS = 8;
const ENTRIES = 6;

/** Faults on one engine, one after the other, until the time is up. */
export abstract class Soak {
  readonly counts = new SoakCounts();
  protected readonly options: SoakOptions;
  protected readonly random: Random;

  constructor(options: SoakOptions) {
    this.options = options;
    this.random = new Random(options.seed);
  }

  /** An empty database. */
  protected abstract fresh(): Promise<FreshPlace>;

  /** Faults that only this engine has. */
  protected abstract ownTrial(seed: number): Promise<void>;

  /** What happens on a disk that is too small; `undefined` where none can be had. */
  protected abstract fillSmallDisk(): Promise<DiskFull | undefined>;

  async run(): Promise<void> {
    const { seed, minutes } = this.options;
    const until = Date.now() + minutes * 60_000;
    await this.#smallDisk();
    for (let i = 0; Date.now() < until; i++) {
      const trialSeed = seed + i;
      if (i % 6 === 5) await this.#race(trialSeed);
      else if (i % 3 === 2) await this.ownTrial(trialSeed);
      else this.#add(await this.#kill(trialSeed, i % 3 === 0 ? "any-moment" : "driver-moment"));
      this.counts.trials++;
    }
  }

  /** Counts whether storages that are broken on purpose are caught. */
  async breakOnPurpose(): Promise<void> {
    await this.#control("split", "between-transactions", ({ inconsistent }) => inconsistent);
    await this.#control("early", "acknowledged", ({ lost }) => lost);
  }

  protected report(seed: number, findings: readonly string[]): void {
    this.counts.inconsistencies += findings.length;
    for (const finding of findings) this.options.say(`  seed ${seed}: ${finding}`);
  }

  protected reportFindings(seed: number, findings: readonly Finding[]): void {
    const lost = findings.filter(({ kind }) => kind === "lost");
    this.counts.lostAcknowledgements += lost.length;
    for (const { message } of lost) this.options.say(`  seed ${seed}: lost: ${message}`);
    const others = findings.filter(({ kind }) => kind !== "lost");
    this.report(
      seed,
      others.map(({ kind, message }) => `${kind}: ${message}`),
    );
  }

  async #control(
    broken: Break,
    death: Death,
    findingsOf: (trial: KillTrial) => readonly Finding[],
  ): Promise<void> {
    let caught = 0;
    for (let i = 0; i < CONTROLS; i++) {
      const trial = await this.#kill(this.options.seed + i, death, broken);
      if (findingsOf(trial).length > 0) caught++;
    }
    this.counts.controls.push({
      name: `broken on purpose (${broken})`,
      result: `caught in ${caught} of ${CONTROLS} trials`,
      isCaught: caught >= FEWEST_CAUGHT,
    });
  }

  async #kill(seed: number, death: Death, broken?: Break): Promise<KillTrial> {
    const place = await this.fresh();
    const trial = await killTrial({
      place: place.place,
      whenDead: () => place.whenDead(),
      seed,
      writers: broken === undefined ? 1 + this.random.below(4) : 1,
      death,
      random: this.random,
      broken,
    });
    await place.remove();
    return trial;
  }

  #add(trial: KillTrial): void {
    const { counts } = this;
    counts.kills += trial.killed;
    counts.struck += trial.struck;
    counts.acknowledged += trial.acknowledged;
    counts.inDoubtWritten += trial.written;
    counts.inDoubtUnwritten += trial.unwritten;
    counts.conflicts.shared += trial.conflicts;
    this.reportFindings(trial.seed, [...trial.lost, ...trial.inconsistent]);
  }

  async #race(seed: number): Promise<void> {
    const place = await this.fresh();
    const { conflicts, findings } = await policyRace(place.place, WRITERS, ENTRIES);
    this.counts.addConflicts(conflicts);
    this.report(seed, findings);
    await place.remove();
  }

  async #smallDisk(): Promise<void> {
    const { say, seed } = this.options;
    const disk = await this.fillSmallDisk();
    if (disk === undefined) {
      say("  a full disk: no small file system can be mounted here");
      return;
    }
    const { acknowledged, codes, findings } = disk;
    say(`  a full disk: ${acknowledged} commits acknowledged, then ${codes.join(", ")}`);
    this.report(
      seed,
      codes.filter((code) => code !== "MI_STORAGE_FULL"),
    );
    this.report(seed, findings);
    this.counts.acknowledged += acknowledged;
  }
}
