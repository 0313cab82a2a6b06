import { limits } from "@snug/protocol";
import sharp from "sharp";
import type { Pictures } from "../core/ports.ts";
import { picturesBy, type Seen } from "./pictures.ts";

/** Pixels of a likeness's longer side: browsers draw it softly when they make it as large as the picture. */
const LIKENESS = 16;

export const nodePictures = (): Pictures => picturesBy(see);

async function see(bytes: Uint8Array): Promise<Seen | null> {
  try {
    const picture = sharp(bytes, { limitInputPixels: limits.picturePixels }).autoOrient();
    const { format, autoOrient } = await picture.metadata();
    const within = (side: number) =>
      picture.clone().resize(side, side, { fit: "inside", withoutEnlargement: true });
    const small = await within(limits.previewSide).webp({ quality: 75 }).toBuffer();
    const likeness = await within(LIKENESS).webp({ quality: 40 }).toBuffer();
    const placeholder = `data:image/webp;base64,${likeness.toString("base64")}`;
    return { ...autoOrient, format, small, placeholder };
  } catch {
    // It has no codes for what is wrong with a picture, and nothing else goes wrong in it.
    return null;
  }
}
