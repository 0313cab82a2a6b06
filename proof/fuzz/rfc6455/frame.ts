/** Opcodes of RFC 6455, section 5.2. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export interface Shape {
  /** False where more fragments of the message follow. */
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  /** `null`: not masked, as no client may send it. */
  readonly mask?: Buffer | null;
  /** Bytes of the length field beside the first: as few as it takes, unless one lies. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** Says another length than the payload has. */
  readonly announces?: bigint;
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A frame as a client sends it, right or wrong. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = "",
  shape: Shape = {},
): Buffer {
  const { fin = true, reserved = 0, mask = MASK } = shape;
  const body = Buffer.from(typeof payload === "string" ? Buffer.from(payload) : payload);
  const length = shape.announces ?? BigInt(body.length);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const maskBit = mask === null ? 0 : 0x80;
  const lengthBytes = shape.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  if (lengthBytes === 0) head.push(maskBit | Number(length));
  else {
    head.push(maskBit | (lengthBytes === 2 ? 126 : 127));
    for (let byte = lengthBytes - 1; byte >= 0; byte--)
      head.push(Number((length >> BigInt(8 * byte)) & 0xffn));
  }
  if (mask === null) return Buffer.concat([Buffer.from(head), body]);
  for (let at = 0; at < body.length; at++) body[at] = (body[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.from(head), mask, body]);
}

export const text = (payload: string | Uint8Array, shape?: Shape) => frame(TEXT, payload, shape);

/** A message that Snug answers with its `ref`: the echo of these cases. */
export const asked = (ref: string) => `{"type":"ping","ref":"${ref}"}`;

export function close(code?: number, reason: string | Uint8Array = ""): Buffer {
  if (code === undefined) return frame(CLOSE);
  const words = typeof reason === "string" ? Buffer.from(reason) : reason;
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), words]));
}

/** One message in pieces of so many bytes each. */
export function fragments(opcode: number, payload: string | Uint8Array, size: number): Buffer[] {
  const bytes = Buffer.from(payload as Uint8Array);
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, index) =>
    frame(index === 0 ? opcode : CONTINUATION, bytes.subarray(index * size, (index + 1) * size), {
      fin: index === count - 1,
    }),
  );
}

/** The same bytes in pieces that leave one after another. */
export function chopped(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
