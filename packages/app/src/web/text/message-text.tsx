import { type Block, type Inline, parseMarkdown } from "@snug/protocol";
import { memo } from "react";
import { CodeBlock } from "./code-block.tsx";
import type { Called } from "./called.ts";
import { CalledContext, Mention } from "./mention.tsx";
import { isOnlyEmoji } from "./only-emoji.ts";

/** A message's text as its author meant it: elements of React, never HTML. */
export const MessageText = memo(function MessageText({
  text,
  called = null,
}: {
  text: string;
  called?: Called;
}) {
  if (isOnlyEmoji(text)) return <span className="only-emoji">{text}</span>;
  const blocks = parseMarkdown(text);
  const [only] = blocks;
  const isLine = blocks.length === 1 && only?.type === "paragraph";
  return (
    <CalledContext value={called}>
      {isLine ? drawInline(only.children) : drawBlocks(blocks)}
    </CalledContext>
  );
});

const drawBlocks = (blocks: readonly Block[]) =>
  blocks.map((block, index) => <DrawnBlock key={index} block={block} />);

function DrawnBlock({ block }: { block: Block }) {
  switch (block.type) {
    case "paragraph":
      return <div className="paragraph">{drawInline(block.children)}</div>;
    case "code-block":
      return <CodeBlock text={block.text} language={block.language} />;
    case "quote":
      return <blockquote>{drawBlocks(block.children)}</blockquote>;
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{drawBlocks(item)}</li>);
      return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

const drawInline = (nodes: readonly Inline[]) =>
  nodes.map((node, index) =>
    node.type === "text" ? node.text : <Drawn key={index} node={node} />,
  );

function Drawn({ node }: { node: Inline }) {
  switch (node.type) {
    case "text":
      return node.text;
    case "code":
      return <code>{node.text}</code>;
    case "mention":
      return <Mention mention={node} />;
    case "bold":
      return <strong>{drawInline(node.children)}</strong>;
    case "italic":
      return <em>{drawInline(node.children)}</em>;
    case "strike":
      return <s>{drawInline(node.children)}</s>;
    case "link":
      return (
        <a
          href={node.href}
          title={node.bare ? undefined : node.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
        >
          {drawInline(node.children)}
        </a>
      );
  }
}
