import { parseArgs } from "node:util";

/** What somebody typed is wrong; the message is one line that says what to do. */
class UsageError extends Error {}

/** What a command of the proof takes. */
interface Options {
  /** Whole numbers, with the least that each may be. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Texts, each one of these where it is not `null`. */
  readonly texts?: Readonly<Record<string, readonly string[] | null>>;
  readonly switches?: readonly string[];
}

type Given<Of extends Options> = {
  readonly [Name in keyof Of["numbers"]]?: number;
} & { readonly [Name in keyof Of["texts"]]?: string } & {
  readonly [
    Name in Of["switches"] extends readonly (infer One extends string)[] ? One : never
  ]: boolean;
};

const MOST = 2 ** 32 - 1;

/**
 * Reads a command's options. With `--help` it tells the usage and ends the
 * process with 0; with wrong ones it says in one line what is wrong, and ends
 * it with 2 before anything is done.
 */
export function readOptions<const Of extends Options>(usage: string, of: Of): Given<Of> {
  try {
    const given = read(of);
    if (given["help"] !== true) return given as Given<Of>;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message} Run with --help to see the options.`);
    process.exit(2);
  }
}

function read({ numbers = {}, texts = {}, switches = [] }: Options) {
  const strings = [...Object.keys(numbers), ...Object.keys(texts)];
  const values = parse({
    ...Object.fromEntries(strings.map((name) => [name, { type: "string" as const }])),
    ...Object.fromEntries(
      [...switches, "help"].map((name) => [name, { type: "boolean" as const, default: false }]),
    ),
  });
  for (const [name, least] of Object.entries(numbers)) {
    const value = values[name];
    if (typeof value !== "string") continue;
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= MOST))
      throw new UsageError(`--${name} takes a whole number from ${least} on, not "${value}".`);
    values[name] = number;
  }
  for (const [name, choice] of Object.entries(texts)) {
    const value = values[name];
    if (typeof value === "string" && choice !== null && !choice.includes(value))
      throw new UsageError(`--${name} takes one of ${choice.join(", ")}, not "${value}".`);
  }
  return values;
}

function parse(options: NonNullable<Parameters<typeof parseArgs>[0]>["options"]) {
  try {
    return { ...parseArgs({ options: options ?? {} }).values } as Record<string, unknown>;
  } catch (error) {
    const [what] = String(error instanceof Error ? error.message : error)
      // What is ambiguous to parseArgs, "--seed -1", is wrong to whoever wrote it.
      .replace(/^Option '(--[\w-]+)' argument is ambiguous/, "$1 takes no value that begins with -")
      .split(/[.\n]/);
    throw new UsageError(`${what}.`);
  }
}

/** A seed that nobody asked for. */
export const anySeed = (): number => Math.floor(Math.random() * (MOST + 1));
