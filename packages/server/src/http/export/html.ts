import { parseMarkdown, type Block, type Inline } from "@snug/protocol";

/** Any text as it is to be seen, in an element or between the quotes of an attribute. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A message's text as HTML, by the same reader of Markdown as the page of the server. */
export function textHtml(text: string, nameOf: (id: string) => string): string {
  return blocksHtml(parseMarkdown(text), nameOf);
}

type NameOf = (id: string) => string;

function blocksHtml(blocks: readonly Block[], nameOf: NameOf): string {
  return blocks.map((block) => blockHtml(block, nameOf)).join("");
}

function blockHtml(block: Block, nameOf: NameOf): string {
  switch (block.type) {
    case "paragraph":
      return `<p dir="auto">${inlineHtml(block.children, nameOf)}</p>`;
    case "code-block":
      // The reader of HTML drops a line's end right behind the tag.
      return `<pre tabindex="0">\n<code>${escaped(block.text)}</code></pre>`;
    case "quote":
      return `<blockquote>${blocksHtml(block.children, nameOf)}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => `<li>${blocksHtml(item, nameOf)}</li>`).join("");
      return block.start === null
        ? `<ul>${items}</ul>`
        : `<ol start="${block.start}">${items}</ol>`;
    }
  }
}

function inlineHtml(nodes: readonly Inline[], nameOf: NameOf): string {
  return nodes.map((node) => nodeHtml(node, nameOf)).join("");
}

function nodeHtml(node: Inline, nameOf: NameOf): string {
  switch (node.type) {
    case "text":
      return escaped(node.text);
    case "code":
      return `<code>${escaped(node.text)}</code>`;
    case "mention": {
      const name = node.kind === "id" ? `@${nameOf(node.of)}` : node.text;
      return `<bdi class="mention">${escaped(name)}</bdi>`;
    }
    case "bold":
      return `<strong>${inlineHtml(node.children, nameOf)}</strong>`;
    case "italic":
      return `<em>${inlineHtml(node.children, nameOf)}</em>`;
    case "strike":
      return `<s>${inlineHtml(node.children, nameOf)}</s>`;
    case "link":
      return `<a href="${escaped(node.href)}" rel="noopener noreferrer nofollow" target="_blank">${inlineHtml(node.children, nameOf)}</a>`;
  }
}
