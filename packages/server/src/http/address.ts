/** An IP address as its bytes: 4 or 16. */
export type Address = readonly number[];

/** IPv4, or IPv6 in any of its forms; one that stands for an IPv4 address is that. */
export function parseAddress(text: string): Address | null {
  const v4 = parseV4(text);
  if (v4 !== null || !text.includes(":")) return v4;
  const [whole = ""] = text.split("%");
  const halves = whole.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half, index) =>
    parseGroups(half, index === halves.length - 1),
  );
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
  const bytes = [...head, ...Array<number>(missing).fill(0), ...tail];
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** An address, or a block of them such as `10.0.0.0/8`. */
export interface Block {
  readonly address: Address;
  readonly bits: number;
}

export function parseBlock(text: string): Block | null {
  const [, host = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === null) return null;
  const most = address.length * 8;
  const size = bits === undefined ? most : Number(bits);
  return size <= most ? { address, bits: size } : null;
}

export function isAddressBlock(text: string): boolean {
  return parseBlock(text) !== null;
}

export function isIn({ address, bits }: Block, other: Address): boolean {
  if (address.length !== other.length) return false;
  for (const [index, byte] of address.entries()) {
    const left = Math.min(8, bits - index * 8);
    if (left <= 0) return true;
    if (((byte ^ (other[index] ?? 0)) & (0xff << (8 - left))) !== 0) return false;
  }
  return true;
}

/** Whose rates count together: an IPv4 address, or the /64 that one IPv6 customer has at least. */
export function rateKey(address: Address): string {
  if (address.length === 4) return address.join(".");
  return address
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function parseV4(text: string): Address | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part <= 255) ? parts : null;
}

/** `2001:db8` as bytes; at an address's end the last group may be an IPv4 address. */
function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const v4 = isLast && index === groups.length - 1 ? parseV4(group) : null;
    if (v4 !== null) bytes.push(...v4);
    else if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    else bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
  }
  return bytes;
}

/** `::ffff:192.0.2.1`, as a socket that takes both kinds names an IPv4 peer. */
function isMapped(bytes: Address): boolean {
  return bytes.every((byte, index) => index >= 12 || byte === (index < 10 ? 0 : 0xff));
}
