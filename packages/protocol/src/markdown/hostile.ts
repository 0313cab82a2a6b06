/** Pieces that, repeated, have made other readers of Markdown slow. For tests and the bench. */
export const hostile: readonly string[] = [
  ["*", "_", "~", "**a ", "*a_b ", "*a **b ", "~~a", "*_", "*_~", "**~~_a", "***a ", "a***", "a**"],
  ["`", "` ", "`a``b```c", "`\n", "```\n", "```a\n", "``` ", "```x`"],
  [
    "[",
    "]",
    "[a](",
    "[a](https://x",
    "[a](https://x)",
    "[ ](mailto:a@b)",
    "[*a]",
    "(",
    "](",
    "[](",
  ],
  ["<", "<@", "<@a>", "@", "@a ", "@ab ", "@ab-.", "_@ab_ "],
  ["> ", ">", ">a\n", "> a\n", "> > a\n", "- ", "- a\n", "  - a\n", "1. ", "1. a\n", "\t- a\n"],
  ["- a\n\n  b\n", "\n- a\n\n\n", "> - 1. ", "- > 1. a\n", "-\n", ">\n", "1.\n"],
  ["\\", "\\*", "\n", "\n\n", " ", " \n", "\t", "\r\n"],
  ["http://", "http://a ", "www.", "www.a.b ", "https://a.example(", "https://a.example/)"],
  ["https://[", "https://a.example,", "https://@", "((((", "w", "h"],
  ["\ud83d", "😀", "😀*", "a\u0301", "\u0301*", "\u202e", "字**"],
].flat();
