import type { Asset, Encoded, Page } from "@snug/server";

/** A page as text, to be read again where nothing can build one. */
export function pack({ html, encoded, assets }: Page): string {
  const packed: Packed = {
    html,
    encoded: mapped(encoded, toText),
    assets: [...(assets ?? [])].map(([path, asset]) => ({
      path,
      type: asset.type,
      body: toText(asset.body),
      encoded: mapped(asset.encoded, toText),
    })),
  };
  return JSON.stringify(packed);
}

export function unpack(text: string): Page {
  const { html, encoded, assets } = JSON.parse(text) as Packed;
  return {
    html,
    encoded: mapped(encoded, toBytes),
    assets: new Map(
      assets.map(({ path, type, body, encoded }): [string, Asset] => [
        path,
        { type, body: toBytes(body), encoded: mapped(encoded, toBytes) },
      ]),
    ),
  };
}

type Codings<Form> = { readonly [Coding in keyof Encoded]?: Form };

interface Packed {
  readonly html: string;
  readonly encoded: Codings<string>;
  readonly assets: readonly {
    readonly path: string;
    readonly type: string;
    readonly body: string;
    readonly encoded: Codings<string>;
  }[];
}

function mapped<From, To>(forms: Codings<From> = {}, of: (form: From) => To): Codings<To> {
  return {
    ...(forms.br && { br: of(forms.br) }),
    ...(forms.gzip && { gzip: of(forms.gzip) }),
  };
}

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const toBytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
