import { clauses, rules } from "@mi/conformance";
import type { Clause, ClauseArea } from "@mi/conformance";

const areas: Readonly<Record<ClauseArea, string>> = {
  harness:
    "What a target gives the kit: fresh media, instances that share one, and data that stays.",
  commit:
    "What a commit stores, which checks it passes and in which order, and what a refused one leaves.",
  idempotence: "The same commit again: a retry after a lost answer, or an import.",
  heads: "Which versions are heads, and in which order.",
  conflict: "Heads and named refs under compare-and-set.",
  lists: "Lists of references, and the hints on what they share with earlier versions.",
  trees: "All that a version reaches, in one call.",
  text: "Names and values that storages have stumbled over, and their sizes.",
  paging: "Listing versions page by page, whoever writes meanwhile.",
  audit: "Listing commits.",
  refs: "Named refs: listing, moving, deleting.",
  races: "Several instances of one medium at the same moment.",
  immutability: "Nothing that was given or taken can change what is stored.",
  lifecycle: "Closing, clearing, and opening again.",
  model: "Random histories, against a reference model that is too simple to be wrong.",
  faults: "Crashes, lost answers, and failures at every event, by the hooks of the medium.",
  types: "Types that no program here knows, and types that change.",
  time: "Clocks that go back or stand still, ids that repeat or sort otherwise.",
  large: "Long lists, deep chains, stars, and thousands at once.",
  core: "The rules of `@mi/ecs` over this storage, through a registry.",
};

/** The documentation page of the storage contract, in Markdown as Prettier writes it. */
export function storageContractPage(): string {
  const inUse = [...new Set(clauses.map(({ area }) => area))];
  const sections = inUse.flatMap((area) => [
    `## ${area}`,
    areas[area],
    clauses
      .filter((clause) => clause.area === area)
      .map(itemOf)
      .join("\n"),
  ]);
  const paragraphs = [intro(), ...sections, "## Rules of the core", rulesIntro, ruleList()];
  return `${paragraphs.join("\n\n")}\n`;
}

function intro(): string {
  const must = clauses.filter(({ level }) => level === "MUST").length;
  return [
    "<!-- Written by `pnpm docs:contract` from the clauses of @mi/conformance: change them, not this page. -->",
    "# The storage contract",
    "A storage backend implements [`EntityStorage`](../packages/ecs/src/storage/contract.ts) of `@mi/ecs`; the doc comments of its methods say what each one takes and answers. " +
      `This page says what has to hold: ${must} clauses that every backend MUST keep, and ${clauses.length - must} that it SHOULD. ` +
      "`@mi/conformance` proves each of them on a backend, and its reports name them by their ids, which never change their meaning. " +
      "[How to write a backend](custom-backend.md) goes through one from the first file to the last clause.",
    "After each clause stands what goes wrong for users where it does not hold, then the [rules of the core](#rules-of-the-core) that lean on it. " +
      "A clause with needs can only be proven on a medium that is durable, or that has these hooks to break it; elsewhere it is reported as not run.",
  ].join("\n\n");
}

function itemOf({ id, level, title, why, rules: held = [], needs = [] }: Clause): string {
  const notes = [
    held.length > 0 ? `Rules: ${held.join(", ")}.` : "",
    needs.length > 0 ? `Needs: ${needs.join(", ")}.` : "",
  ].filter((note) => note !== "");
  const rest = notes.length > 0 ? ` ${notes.join(" ")}` : "";
  return `- **${id} ${level}** ${plain(title)} Why: ${plain(why)}${rest}`;
}

const rulesIntro =
  "What `@mi/ecs` promises of entities, so far as it depends on the storage below it, with the clauses that hold each rule.";

function ruleList(): string {
  return Object.entries(rules)
    .map(([name, text]) => {
      const ids = clauses.filter((clause) => clause.rules?.some((rule) => rule === name));
      return `- **${name}** ${plain(text)} Clauses: ${ids.map(({ id }) => id).join(", ")}.`;
    })
    .join("\n");
}

/** Text that Markdown shows as it is. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, (character) => `\\${character}`);
}
