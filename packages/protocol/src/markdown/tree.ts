/**
 * A text as it is to be shown: plain nodes, never HTML. Text nodes keep their line
 * breaks and blanks, so whoever draws them keeps both (`white-space: pre-wrap`).
 */
export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "code-block"; readonly language: string | null; readonly text: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  | {
      readonly type: "list";
      /** The first item's number; `null` where items have none. */
      readonly start: number | null;
      readonly items: readonly (readonly Block[])[];
    };

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly text: string }
  | Mention
  | { readonly type: Style; readonly children: readonly Inline[] }
  /** `href` is http, https or mailto. A bare address is its own only child. */
  | {
      readonly type: "link";
      readonly href: string;
      readonly bare: boolean;
      readonly children: readonly Inline[];
    };

export type Style = "bold" | "italic" | "strike";

/** `text` is what was written. */
export type Mention =
  | {
      readonly type: "mention";
      readonly kind: "id" | "username";
      readonly of: string;
      readonly text: string;
    }
  | { readonly type: "mention"; readonly kind: "here" | "room"; readonly text: string };
