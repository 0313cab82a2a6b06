import { createHash } from "node:crypto";

interface File {
  readonly pathname: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Names files by what is in them and in all that they lead to, also in a circle.
 * The bundler's hashes tell of the folder too: of two nodes with the same page
 * each would ask for what the other does not have.
 */
export function byContent<F extends File>(files: readonly F[]): F[] {
  // A character for each byte, of whatever they are.
  const texts = files.map(({ body }) => Buffer.from(body).toString("latin1"));
  const byHash = new Map(
    files.flatMap(({ pathname }, index) => {
      const [, hash] = /-([a-z0-9]{8})\.\w+$/.exec(pathname) ?? [];
      return hash === undefined ? [] : [[hash, texts[index] ?? ""]];
    }),
  );
  // Not only in paths: what is loaded beforehand is listed by hashes alone.
  const hashes = new RegExp(`\\b(${[...byHash.keys()].join("|")})\\b`, "g");
  const blank = (hash: string) => digest(byHash.get(hash)?.replaceAll(hashes, "") ?? "");

  function trace(hash: string, seen: Set<string>): string {
    if (seen.has(hash)) return blank(hash);
    seen.add(hash);
    const next = byHash.get(hash)?.match(hashes) ?? [];
    return `${blank(hash)}(${next.map((each) => trace(each, seen)).join()})`;
  }
  const names = new Map([...byHash.keys()].map((hash) => [hash, digest(trace(hash, new Set()))]));
  const renamed = (text: string) => text.replaceAll(hashes, (hash) => names.get(hash) ?? hash);
  return files.map((file, index) => ({
    ...file,
    pathname: renamed(file.pathname),
    body: Buffer.from(renamed(texts[index] ?? ""), "latin1"),
  }));
}

const digest = (text: string) =>
  createHash("sha256").update(text, "latin1").digest("hex").slice(0, 8);
