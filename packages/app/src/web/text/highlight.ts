import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";

/** A piece of code, or pieces that are something in their language. */
export type ColouredCode =
  string | { readonly token: string; readonly pieces: readonly ColouredCode[] };

/** Longer code stays in one colour: nobody waits for it. */
const LONGEST = 10_000;

const languages = createLowlight({
  bash,
  c,
  cpp,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  markdown,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
});

/** `null` where the language is not known, or it is too much. */
export function highlight(code: string, language: string): readonly ColouredCode[] | null {
  const name = language.toLowerCase();
  if (code.length > LONGEST || !languages.registered(name)) return null;
  return languages.highlight(name, code).children.map(toPiece);
}

type Node = ReturnType<typeof languages.highlight>["children"][number];

function toPiece(node: Node): ColouredCode {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  const [name] = [node.properties.className].flat();
  return { token: String(name ?? "").replace("hljs-", ""), pieces: node.children.map(toPiece) };
}
