import { parseMarkdown } from "./blocks.ts";
import type { Block, Inline, Mention } from "./tree.ts";

/** Whom a text calls, in the order in which it does, each once. */
export interface Mentions {
  readonly ids: readonly string[];
  /** As they were written first; whoever compares does it without case. */
  readonly usernames: readonly string[];
  readonly here: boolean;
  readonly room: boolean;
}

const none: Mentions = { ids: [], usernames: [], here: false, room: false };

export function mentionsIn(text: string): Mentions {
  if (!text.includes("@")) return none;
  const ids = new Set<string>();
  const usernames = new Map<string, string>();
  let here = false;
  let room = false;
  for (const mention of inBlocks(parseMarkdown(text))) {
    switch (mention.kind) {
      case "id":
        ids.add(mention.of);
        break;
      case "username": {
        const folded = mention.of.toLowerCase();
        if (!usernames.has(folded)) usernames.set(folded, mention.of);
        break;
      }
      case "here":
        here = true;
        break;
      case "room":
        room = true;
    }
  }
  return { ids: [...ids], usernames: [...usernames.values()], here, room };
}

const inBlocks = (blocks: readonly Block[]): readonly Mention[] =>
  blocks.flatMap((block) => {
    switch (block.type) {
      case "paragraph":
        return inNodes(block.children);
      case "quote":
        return inBlocks(block.children);
      case "list":
        return block.items.flatMap(inBlocks);
      case "code-block":
        return [];
    }
  });

const inNodes = (nodes: readonly Inline[]): readonly Mention[] =>
  nodes.flatMap((node) => {
    if (node.type === "mention") return [node];
    return "children" in node ? inNodes(node.children) : [];
  });
