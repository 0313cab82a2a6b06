import { limits } from "@snug/protocol";
import type { Pictures } from "../core/ports.ts";
import { picturesBy, type Seen } from "./pictures.ts";

const most = { maxPixels: limits.picturePixels };

export const bunPictures = (): Pictures => picturesBy(see);

async function see(bytes: Uint8Array): Promise<Seen | null> {
  try {
    const { width, height, format } = await new Bun.Image(bytes, most).metadata();
    const small = await new Bun.Image(bytes, most)
      .resize(limits.previewSide, limits.previewSide, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 75 })
      .bytes();
    return { width, height, format, small, placeholder: await new Bun.Image(small).placeholder() };
  } catch (fault) {
    if (fault instanceof Error && "code" in fault && String(fault.code).startsWith("ERR_IMAGE_"))
      return null;
    throw fault;
  }
}
