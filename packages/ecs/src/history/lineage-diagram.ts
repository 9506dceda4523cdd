import { types } from "node:util";
import { formatPath } from "../errors.ts";
import { decodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";
import type { LineageNode } from "./lineage-node.ts";
import type { FieldChange } from "./record-diff.ts";

const CHANGES_SHOWN = 3;
const TEXT_SHOWN = 15;
const NAME_SHOWN = 60;

/** A Mermaid flowchart, top down: what a version is, and on each edge what changed. */
export function lineageDiagram(versions: readonly LineageNode[]): string {
  if (versions.length === 0) return 'graph TD\n  empty["No data available"]\n';
  const names = new Map(versions.map((node, index) => [node.record.ecsId, `v${index + 1}`]));
  const lines = ["graph TD"];
  for (const node of versions) {
    const name = names.get(node.record.ecsId) ?? "";
    lines.push(`  ${name}["${nodeLabel(node)}"]`);
    const { parentId, mergedFromId } = node.record;
    const parent = parentId === null ? undefined : names.get(parentId);
    if (parent !== undefined) lines.push(`  ${parent} -->|"${edgeLabel(node.changes)}"| ${name}`);
    const merged = mergedFromId === null ? undefined : names.get(mergedFromId);
    if (merged !== undefined) lines.push(`  ${merged} -.->|"merged"| ${name}`);
  }
  return `${lines.join("\n")}\n`;
}

function nodeLabel({ record, depth, changes }: LineageNode): string {
  // The last characters: the first ones of ids made within a minute are the same.
  const title = `${escape(shorten(record.type, NAME_SHOWN))} …${record.ecsId.slice(-8)}`;
  if (depth > 0)
    return `${title}<br/>${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  const fields = decodeValue(record.data, {
    reference: (index) => `→ …${record.refs[index]?.slice(-8) ?? "?"}`,
    list: (index) => `${record.lists[index]?.length ?? 0} items`,
  });
  const shown = isPlainObject(fields) ? Object.entries(fields).slice(0, CHANGES_SHOWN) : [];
  const lines = shown.map(
    ([key, value]) =>
      `${escape(shorten(key, NAME_SHOWN))}: ${escape(shorten(textOf(value), TEXT_SHOWN))}`,
  );
  return [title, ...lines].join("<br/>");
}

function edgeLabel(changes: readonly FieldChange[]): string {
  const shown = changes.slice(0, CHANGES_SHOWN).map(({ path, kind }) => {
    const name = escape(shorten(formatPath(path), NAME_SHOWN));
    return kind === "modified" ? `${name} mod` : `${kind === "added" ? "+" : "-"}${name}`;
  });
  if (changes.length > CHANGES_SHOWN) shown.push(`… ${changes.length - CHANGES_SHOWN} more`);
  return shown.length === 0 ? "no change of its own" : shown.join("<br/>");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (types.isDate(value)) return value.toISOString();
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? String(part) : part,
  );
}

/** By whole characters: half an emoji is no text. */
function shorten(text: string, length: number): string {
  // A character is at most two units, so that a text of megabytes isn't taken apart.
  const characters = Array.from(text.slice(0, 2 * (length + 1)));
  return characters.length > length ? `${characters.slice(0, length).join("")}...` : text;
}

/**
 * Mermaid's entity codes, for whatever could end a quoted label, be taken for mark-up, or, as a colon before a code, make
 * Mermaid swallow a sign.
 */
function escape(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/["#&<>[\]{}()|`\\;:$*\p{Cc}\u2028\u2029]/gu, (sign) => `#${sign.charCodeAt(0)};`);
}
