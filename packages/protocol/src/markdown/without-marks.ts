import type { Block, Inline } from "./tree.ts";

/** What somebody of this id is called. */
export type NameOf = (id: string) => string | undefined;

/**
 * The text without its marks, for where there is only one kind of letters: a
 * notification, a quote, a title. Quotes and lists keep theirs, which are read as well.
 */
export const plainText = (blocks: readonly Block[], nameOf: NameOf = () => undefined): string =>
  blocks.map((block) => plainBlock(block, nameOf)).join("\n");

function plainBlock(block: Block, nameOf: NameOf): string {
  switch (block.type) {
    case "paragraph":
      return plainInline(block.children, nameOf);
    case "code-block":
      return block.text;
    case "quote":
      return withMark("> ", "> ", plainText(block.children, nameOf));
    case "list":
      return block.items
        .map((item, index) => {
          const mark = block.start === null ? "- " : `${block.start + index}. `;
          return withMark(mark, " ".repeat(mark.length), plainText(item, nameOf));
        })
        .join("\n");
  }
}

const withMark = (first: string, others: string, text: string) =>
  first + text.replaceAll("\n", `\n${others}`);

function plainInline(nodes: readonly Inline[], nameOf: NameOf): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case "text":
        case "code":
          return node.text;
        case "mention":
          return node.kind === "id" ? `@${nameOf(node.of) ?? "somebody"}` : node.text;
        case "link": {
          const label = plainInline(node.children, nameOf);
          return node.bare ? label : `${label} (${node.href})`;
        }
        case "bold":
        case "italic":
        case "strike":
          return plainInline(node.children, nameOf);
      }
    })
    .join("");
}
