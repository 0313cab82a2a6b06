import { expect, test } from "bun:test";
import { bunPictures } from "./bun-pictures.ts";
import { heif } from "./heif.ts";
import { nodePictures } from "./node-pictures.ts";
import { withoutMetadata } from "./without-metadata.ts";

const SECRET = "48.8584 N, 2.2945 E";
const latin1 = (text: string) => Buffer.from(text, "latin1");
const uint32 = (value: number, isLittle = false) => {
  const bytes = Buffer.alloc(4);
  if (isLittle) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
};

const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** One of each type, four pixels wide and two high, with the secret wherever it can be. */
async function pictures(): Promise<Record<string, Buffer>> {
  const bmp = Buffer.concat([
    latin1("BM"),
    Buffer.from([
      78, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24,
    ]),
    Buffer.alloc(25),
    Buffer.from(Array.from({ length: 24 }, (_, index) => index * 10)),
  ]);
  const as = async (type: "jpeg" | "png" | "webp") =>
    Buffer.from(await new Bun.Image(bmp)[type]().bytes());
  const [jpeg, png, webp] = [await as("jpeg"), await as("png"), await as("webp")];

  const segment = (marker: number, content: Buffer) =>
    Buffer.concat([
      Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff]),
      content,
    ]);
  // Motorola's order, and turned by a quarter.
  const exif = Buffer.concat([
    latin1("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    latin1(SECRET),
  ]);
  const chunk = (type: string, data: Buffer) =>
    Buffer.concat([
      uint32(data.length),
      latin1(type),
      data,
      uint32(Bun.hash.crc32(Buffer.concat([latin1(type), data]))),
    ]);
  const riff = (type: string, data: Buffer) =>
    Buffer.concat([latin1(type), uint32(data.length, true), data, Buffer.alloc(data.length % 2)]);
  const extended = Buffer.concat([
    riff("VP8X", Buffer.from([0x0c, 0, 0, 0, 3, 0, 0, 1, 0, 0])),
    webp.subarray(12),
    riff("EXIF", latin1(SECRET)),
    riff("XMP ", latin1(SECRET)),
  ]);
  return {
    "image/jpeg": Buffer.concat([
      jpeg.subarray(0, 2),
      segment(0xe1, exif),
      segment(0xe1, latin1(`http://ns.adobe.com/xap/1.0/\0${SECRET}`)),
      segment(0xe2, latin1(`MPF\0${SECRET}`)),
      segment(0xed, latin1(SECRET)),
      segment(0xfe, latin1(SECRET)),
      jpeg.subarray(2),
      latin1(SECRET),
    ]),
    "image/png": Buffer.concat([
      png.subarray(0, 33),
      chunk("tEXt", latin1(`Location\0${SECRET}`)),
      chunk("eXIf", latin1(SECRET)),
      chunk("prVt", latin1(SECRET)),
      png.subarray(33),
      latin1(SECRET),
    ]),
    "image/webp": Buffer.concat([
      latin1("RIFF"),
      uint32(4 + extended.length, true),
      latin1("WEBP"),
      extended,
    ]),
    "image/gif": Buffer.concat([
      GIF.subarray(0, 19),
      latin1(`!\xFE${String.fromCharCode(SECRET.length)}${SECRET}\0`),
      latin1(`!\xFF\x0BXMP DataXMP${String.fromCharCode(SECRET.length)}${SECRET}\0`),
      GIF.subarray(19),
      latin1(SECRET),
    ]),
  };
}

const pixels = (bytes: Uint8Array) => new Bun.Image(bytes, { autoOrient: false }).png().bytes();

test("[FIL4] what was written into a picture goes, and not a pixel of it", async () => {
  for (const [type, before] of Object.entries(await pictures())) {
    expect(before.includes(SECRET)).toBe(true);
    const stripped = withoutMetadata(type, before);
    if (stripped === null) throw new Error(`${type} was not understood`);
    const after = Buffer.from(stripped.bytes);
    expect([type, after.includes(SECRET)]).toEqual([type, false]);
    expect(await pixels(after)).toEqual(await pixels(before));
    const again = withoutMetadata(type, after);
    expect(again && Buffer.from(again.bytes)).toEqual(after);
  }
});

test("[FIL4] it is as it is shown on every runtime: turned as the camera was held", async () => {
  for (const [type, bytes] of Object.entries(await pictures()))
    for (const runtime of [bunPictures(), nodePictures()]) {
      const picture = await runtime.prepare(type, async () => bytes);
      const expected = type === "image/jpeg" ? [2, 4] : type === "image/gif" ? [1, 1] : [4, 2];
      expect([type, picture?.width, picture?.height]).toEqual([type, ...expected]);
      for (const shown of [picture?.bytes ?? bytes, bytesOf(picture?.placeholder)]) {
        const { width, height } = await new Bun.Image(shown).metadata();
        expect([type, Math.sign(width - height)]).toEqual([
          type,
          Math.sign((expected[0] ?? 0) - (expected[1] ?? 0)),
        ]);
      }
      expect(
        await runtime.prepare(type === "image/png" ? "image/gif" : "image/png", async () => bytes),
      ).toBeNull();
      const broken = Buffer.concat([bytes.subarray(0, 30), Buffer.alloc(30)]);
      expect(await runtime.prepare(type, async () => broken)).toBeNull();
    }
});

const bytesOf = (dataUrl: string | null | undefined) =>
  Buffer.from(dataUrl?.split(",")[1] ?? "", "base64");

test("[FIL4] [AVL2] a picture that ends anywhere, or has any byte wrong, is dealt with", async () => {
  for (const [type, bytes] of Object.entries(await pictures()))
    for (let at = 0; at < bytes.length; at++) {
      withoutMetadata(type, bytes.subarray(0, at));
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 0xff;
      const stripped = withoutMetadata(type, wrong);
      if (stripped) expect(stripped.bytes.length).toBeLessThanOrEqual(bytes.length + 36);
    }
});

test("[FIL4] [AVL2] a picture of nothing but parts keeps nobody waiting", async () => {
  const many = (part: readonly number[]) => Buffer.alloc(4 * 1024 * 1024, Uint8Array.from(part));
  const { "image/jpeg": jpeg = Buffer.from("") } = await pictures();
  const heads: [string, Buffer, readonly number[]][] = [
    ["image/jpeg", latin1("\xFF\xD8"), [0xff, 0xfe, 0, 2]],
    ["image/jpeg", jpeg.subarray(0, jpeg.lastIndexOf(0xda) + 14), [0xff, 0]],
    ["image/png", latin1("\x89PNG\r\n\x1a\n"), [0, 0, 0, 0, 0x74, 0x45, 0x58, 0x74, 0, 0, 0, 0]],
    ["image/gif", GIF.subarray(0, 19), [0x21, 0xfe, 0]],
    ["image/webp", latin1("RIFF\xFF\xFF\xFF\x7FWEBP"), [0x45, 0x58, 0x49, 0x46, 0, 0, 0, 0]],
    ["image/avif", latin1(""), [0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65]],
  ];
  for (const [type, head, part] of heads) {
    const bytes = Buffer.concat([head, many(part)]);
    expect([type, type === "image/avif" ? heif(bytes) : withoutMetadata(type, bytes)]).toEqual([
      type,
      null,
    ]);
  }
});

const box = (type: string, ...content: Buffer[]) => {
  const bytes = Buffer.concat(content);
  return Buffer.concat([uint32(bytes.length + 8), latin1(type), bytes]);
};

/** As cameras write them: what is drawn, and what is said of it, as items in one place. */
function avif({ width = 640, height = 480, turn = 0, type = "Exif", ends = 0 } = {}): Buffer {
  const size = (one: number, other: number) => box("ispe", uint32(0), uint32(one), uint32(other));
  const properties = box(
    "iprp",
    box("ipco", size(64, 64), size(width, height), box("irot", Buffer.from([turn]))),
  );
  const item = (id: number, kind: string) =>
    box("infe", Buffer.from([2, 0, 0, 0, 0, id, 0, 0]), latin1(`${kind}\0`));
  const info = box("iinf", Buffer.from([0, 0, 0, 0, 0, 2]), item(1, "av01"), item(2, type));
  const place = (id: number, at: number, length: number) =>
    Buffer.concat([Buffer.from([0, id, 0, 0, 0, 0, 0, 1]), uint32(at), uint32(length)]);
  const pixels = latin1("PIXELS");
  const said = latin1(`\0\0\0\0MM\0*${SECRET}`);
  const head = box("ftyp", latin1("avif\0\0\0\0avif"));
  const whole = (at: number) => {
    const places = Buffer.concat([
      Buffer.from([1, 0, 0, 0, 0x44, 0, 0, 2]),
      place(1, at, pixels.length),
      place(2, at + pixels.length, said.length + ends),
    ]);
    const meta = box("meta", uint32(0), info, box("iloc", places), properties);
    return Buffer.concat([head, meta, box("free", latin1(SECRET)), box("mdat", pixels, said)]);
  };
  return whole(whole(0).length - pixels.length - said.length);
}

test("[FIL4] of AVIF and HEIC the size is known and what was written into them goes, without decoding", async () => {
  const bun = bunPictures();
  const prepare = (bytes: Buffer) => bun.prepare("image/avif", async () => bytes);
  for (const type of ["Exif", "mime"]) {
    const picture = await prepare(avif({ type }));
    expect(picture).toMatchObject({ width: 640, height: 480, preview: null });
    const bytes = Buffer.from(picture?.bytes ?? []);
    expect([bytes.length, bytes.includes(SECRET), bytes.includes("PIXELS")]).toEqual([
      avif().length,
      false,
      true,
    ]);
    expect((await prepare(bytes))?.bytes).toBeNull();
  }
  expect(await prepare(avif({ turn: 1 }))).toMatchObject({ width: 480, height: 640 });
  expect(await bun.prepare("image/heic", async () => avif())).toMatchObject({ width: 640 });
  expect(await prepare(avif({ width: 60_000, height: 60_000 }))).toBeNull();
  const whole = avif();
  for (let at = 0; at < whole.length; at++) {
    await prepare(whole.subarray(0, at));
    const wrong = Buffer.from(whole);
    wrong[at] = (wrong[at] ?? 0) ^ 0xff;
    await prepare(wrong);
  }
});
