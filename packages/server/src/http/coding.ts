/** The content codings that a body may be kept in, best first. */
const codings = ["br", "gzip"] as const;

export type Coding = (typeof codings)[number];

/**
 * The coding to answer with, by RFC 9110, section 12.5.3: of those at hand the
 * one that is wanted most, the smaller of two that are wanted alike; `null` is
 * the plain body, which is also what somebody gets who wants nothing we have.
 */
export function chooseCoding(
  acceptEncoding: string | null,
  atHand: Partial<Record<Coding, unknown>>,
): Coding | null {
  const wanted = new Map(acceptEncoding?.toLowerCase().split(",").map(readOne));
  const rest = wanted.get("*") ?? 0;
  let best: Coding | null = null;
  let most = 0;
  for (const coding of codings) {
    const quality = wanted.get(coding) ?? rest;
    if (atHand[coding] === undefined || quality <= most) continue;
    best = coding;
    most = quality;
  }
  return most < (wanted.get("identity") ?? rest) ? null : best;
}

/** `gzip;q=0.5`; a weight of another form counts as "not wanted". */
function readOne(part: string): [name: string, quality: number] {
  const [name = "", weight = "q=1"] = part.split(";").map((piece) => piece.trim());
  const [, quality = "0"] = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(weight) ?? [];
  return [name === "x-gzip" ? "gzip" : name, Number(quality)];
}
