import type { Clause } from "../clause.ts";
import { hostileData, hostileText } from "../fixtures/hostile-text.ts";
import { checkStored, committed } from "./expectations.ts";
import { allPages } from "./visible-state.ts";

const megabyte = 2 ** 20;

export const textClauses: readonly Clause[] = [
  {
    id: "C-140",
    level: "MUST",
    area: "text",
    title: "The data of a record is read back character for character, whatever it holds.",
    why: "Prompt caches and tool schemas depend on key order; a parsed and rewritten text loses it.",
    rules: ["I1", "M1"],
    async run(t) {
      const storage = await t.open();
      const quoted = hostileText.map((text) => JSON.stringify({ text, [text]: [text] }));
      const versions = [...hostileData, ...quoted].map((data) => t.make.version({ data }));
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
      t.equal(
        Reflect.get({}, "polluted"),
        undefined,
        "a property that the data could have planted",
      );
    },
  },
  {
    id: "C-141",
    level: "MUST",
    area: "text",
    title: "Data of one megabyte, or as much as the medium takes, is read back whole.",
    why: "Tool results are long; one that is cut off makes the conversation unreadable.",
    async run(t) {
      const storage = await t.open();
      const most = Math.min(megabyte, t.medium.facts.maxPayloadBytes);
      const versions = ["x", "é", "😀", '\\"'].map((piece) => {
        const bytes = new TextEncoder().encode(piece).length;
        const text = piece.repeat(Math.floor((most - 16) / bytes));
        return t.make.version({ data: `{"text":"${text}"}` });
      });
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
    },
  },
  {
    id: "C-142",
    level: "MUST",
    area: "text",
    title: "A type name of any text is stored as it is, and found by exactly that text.",
    why: "Type names come from users; a name is data and never part of a statement.",
    async run(t) {
      const storage = await t.open();
      const versions = hostileText.map((type) => t.make.version({ type }));
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
      for (const { ecsId, type } of versions) {
        const page = await storage.versions({ types: [type] }, { limit: 5 });
        t.equal(
          page.items.map((info) => [info.ecsId, info.type]),
          [[ecsId, type]],
          `the versions of the type ${JSON.stringify(type)}`,
        );
      }
    },
  },
  {
    id: "C-143",
    level: "MUST",
    area: "text",
    title:
      "The texts of a commit header are read back as they are and found by exactly that text; an empty one is not null.",
    why: "The audit trail says who and why, in their own words.",
    async run(t) {
      const storage = await t.open();
      const headers = [...hostileText, ""].map((text) =>
        t.make.header({
          operation: text,
          actor: text,
          reason: text,
          correlationId: text,
          metadata: JSON.stringify({ text, [text]: text }),
        }),
      );
      for (const header of [...headers, t.make.header()]) await committed(t, storage, { header });
      const stored = await allPages((page) => storage.commits({}, page), 50);
      t.equal(
        stored.slice(0, -1),
        headers.map((header, i) => ({ ...header, sequence: stored[i]?.sequence })),
        "the headers as read back",
      );
      t.equal(stored.at(-1)?.actor, null, "the actor of a commit without one");
      for (const { id, actor } of headers) {
        const text = actor ?? "";
        for (const query of [{ actor: text }, { operation: text }, { correlationId: text }]) {
          const page = await storage.commits(query, { limit: 5 });
          t.equal(
            page.items.map((commit) => commit.id),
            [id],
            `the commits with ${JSON.stringify(query)}`,
          );
        }
      }
    },
  },
  {
    id: "C-144",
    level: "MUST",
    area: "text",
    title:
      "A ref name of any text is stored as it is, and found, moved and deleted by exactly that text.",
    why: "Two names that a database takes for one are two releases that overwrite each other.",
    async run(t) {
      const storage = await t.open();
      const [a, b] = [t.make.version(), t.make.version()];
      await committed(t, storage, {
        versions: [a, b],
        refMoves: hostileText.map((name) => ({ name, to: a.ecsId, expected: null })),
      });
      const kept = new Set(hostileText);
      for (const [i, name] of hostileText.entries()) {
        const to = i % 2 === 0 ? b.ecsId : null;
        await committed(t, storage, { refMoves: [{ name, to, expected: a.ecsId }] });
        if (to === null) kept.delete(name);
        const { items } = await storage.refs({ names: [name] }, { limit: 5 });
        t.equal(items, to === null ? [] : [{ name, to }], `the ref ${JSON.stringify(name)}`);
      }
      const all = await allPages((page) => storage.refs({}, page), 7);
      t.equal(
        all.map(({ name }) => name),
        [...kept].toSorted(),
        "all names that are left",
      );
    },
  },
  {
    id: "C-145",
    level: "MUST",
    area: "text",
    title:
      "Schema versions up to 2^31 - 1 and instants of any year from 1 to 9999 are read back as they are.",
    why: "A date type of an engine that rounds or moves the time zone changes history.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const instants = [
        "0001-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
        "2024-02-29T12:00:00.001Z",
        "2038-01-19T03:14:08.000Z",
        "9999-12-31T23:59:59.999Z",
      ];
      const versions = instants.map((createdAt, i) =>
        t.make.version({ createdAt, schemaVersion: i === 0 ? 2 ** 31 - 1 : i }),
      );
      const { commit, sequence } = await committed(t, storage, { versions });
      await checkStored(t, storage, versions, commit, sequence);
      for (const createdAt of instants) await committed(t, storage, { header: { createdAt } });
      const commits = await allPages((page) => storage.commits({}, page), 10);
      t.equal(
        commits.slice(1).map((stored) => stored.createdAt),
        instants,
        "the instants of commits",
      );
    },
  },
];
