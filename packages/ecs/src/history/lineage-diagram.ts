import { formatPath } from "../errors.ts";
import { decodeValue } from "../values/codec.ts";
import { isPlainObject } from "../values/plain-object.ts";
import type { LineageNode } from "./lineage-node.ts";
import type { FieldChange } from "./record-diff.ts";

const CHANGES_SHOWN = 3;
const TEXT_SHOWN = 15;

/** A Mermaid flowchart, top down: what a version is, and on each edge what changed. */
export function lineageDiagram(versions: readonly LineageNode[]): string {
  if (versions.length === 0) return 'graph TD\n  empty["no data"]\n';
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
  const title = `${escape(record.type)} …${record.ecsId.slice(-8)}`;
  if (depth > 0)
    return `${title}<br/>${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  const fields = decodeValue(record.data, {
    reference: (index) => `→ …${record.refs[index]?.slice(-8) ?? "?"}`,
    list: (index) => `${record.lists[index]?.length ?? 0} items`,
  });
  const shown = isPlainObject(fields) ? Object.entries(fields).slice(0, CHANGES_SHOWN) : [];
  return [title, ...shown.map(([key, value]) => `${escape(key)}: ${escape(shorten(value))}`)].join(
    "<br/>",
  );
}

function edgeLabel(changes: readonly FieldChange[]): string {
  const shown = changes.slice(0, CHANGES_SHOWN).map(({ path, kind }) => {
    const name = escape(formatPath(path));
    return kind === "modified" ? `${name} mod` : `${kind === "added" ? "+" : "-"}${name}`;
  });
  if (changes.length > CHANGES_SHOWN) shown.push(`… ${changes.length - CHANGES_SHOWN} more`);
  return shown.length === 0 ? "no change of its own" : shown.join("<br/>");
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const characters = Array.from(text);
  return characters.length > TEXT_SHOWN ? `${characters.slice(0, TEXT_SHOWN).join("")}...` : text;
}

/** Mermaid's entity codes, for whatever could end a quoted label or be taken for mark-up. */
function escape(text: string): string {
  return text.replace(/["#&<>[\]{}()|`\\;\n\r]/g, (sign) => `#${sign.charCodeAt(0)};`);
}
