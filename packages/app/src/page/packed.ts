import type { Asset, Encoded, Page } from "@snug/server";
import { rendering } from "./rendering.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A page as it was built, and the script that renders it, where it has one. */
export interface Built extends Omit<Page, "render"> {
  readonly renderer?: string;
}

export function toPage({ renderer, ...page }: Built): Page {
  return renderer === undefined ? page : { ...page, render: rendering(page.html, renderer) };
}

/** A page in one piece, to be read again where nothing builds one: a line that says how it is cut, then all its bodies. */
export function pack({ html, encoded, assets, renderer }: Built): Bytes {
  const bodies: Bytes[] = [];
  const sizeOf = (body: Bytes) => {
    bodies.push(body);
    return body.byteLength;
  };
  const sizesOf = (body: Bytes, { br, gzip }: Encoded = {}): Sizes => ({
    body: sizeOf(body),
    ...(br && { br: sizeOf(br) }),
    ...(gzip && { gzip: sizeOf(gzip) }),
  });
  const cut: Cut = {
    html: sizesOf(new TextEncoder().encode(html), encoded),
    assets: [...(assets ?? [])].map(([path, { type, body, encoded }]) => ({
      path,
      type,
      sizes: sizesOf(body, encoded),
    })),
    ...(renderer !== undefined && { renderer: sizeOf(new TextEncoder().encode(renderer)) }),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(cut)}\n`), ...bodies]);
}

/** What it gives are views of these bytes. */
export function unpack(packed: Bytes): Built {
  let at = packed.indexOf(NEWLINE) + 1;
  const { html, assets, renderer } = JSON.parse(textOf(packed.subarray(0, at))) as Cut;
  const next = (size: number) => packed.subarray(at, (at += size));
  const take = ({ body, br, gzip }: Sizes) => ({
    body: next(body),
    encoded: {
      ...(br !== undefined && { br: next(br) }),
      ...(gzip !== undefined && { gzip: next(gzip) }),
    },
  });
  const { body, encoded } = take(html);
  return {
    html: textOf(body),
    encoded,
    assets: new Map(
      assets.map(({ path, type, sizes }): [string, Asset] => [path, { type, ...take(sizes) }]),
    ),
    ...(renderer !== undefined && { renderer: textOf(next(renderer)) }),
  };
}

interface Cut {
  readonly html: Sizes;
  readonly assets: readonly {
    readonly path: string;
    readonly type: string;
    readonly sizes: Sizes;
  }[];
  readonly renderer?: number;
}

/** Bytes of each form, in the order in which they follow. */
interface Sizes {
  readonly body: number;
  readonly br?: number;
  readonly gzip?: number;
}

const NEWLINE = 0x0a;

const textOf = (bytes: Bytes) => new TextDecoder().decode(bytes);
