const manners = [
  "Quiet",
  "Merry",
  "Brisk",
  "Gentle",
  "Sunny",
  "Patient",
  "Bright",
  "Curious",
  "Steady",
  "Cheerful",
  "Early",
  "Kind",
  "Nimble",
  "Mellow",
  "Plucky",
  "Wandering",
] as const;
const birds = [
  "Heron",
  "Wren",
  "Robin",
  "Plover",
  "Finch",
  "Owl",
  "Swift",
  "Lark",
  "Magpie",
  "Stork",
  "Puffin",
  "Sparrow",
  "Kestrel",
  "Linnet",
  "Avocet",
  "Thrush",
] as const;

/** A name for who comes in passing; `chance` is from 0 up to 1. */
export function madeUpName(chance: () => number = Math.random): string {
  const one = (words: readonly string[]) => words[Math.floor(chance() * words.length)] ?? "";
  return `${one(manners)} ${one(birds)}`;
}
