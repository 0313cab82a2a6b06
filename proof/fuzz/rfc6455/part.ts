import type { Outcome } from "../part.ts";
import { judged } from "../part.ts";
import { Target } from "../target.ts";
import { conform } from "./conformance.ts";

const MIB = 1024 * 1024;
/** Bytes by which the server may be larger after all cases than after a first pass. */
const GROWTH = 50 * MIB;

/** Every case of RFC 6455 against the real program, and what it costs it. */
export async function rfc6455(): Promise<Outcome> {
  const target = await Target.start();
  try {
    const troubles: string[] = [];
    // The first pass fills what is filled once: code, buffers, the allocator's own.
    const first = await conform(target);
    const before = { memory: target.memory(), descriptors: target.descriptors() };
    const { cases, deviations, wrong } = await conform(target);
    troubles.push(...first.wrong, ...wrong);
    const growth = await target.growthSince(before.memory, GROWTH);
    if (growth > GROWTH) troubles.push(`memory grew by ${Math.round(growth / MIB)} MiB`);
    const held = await target.descriptorsBeyond(before.descriptors);
    if (held !== null) troubles.push(held);
    if ((await target.fetch("/healthz")).status !== 200) troubles.push("/healthz is not well");
    const { code, errors } = await target.stop();
    if (code !== 0 || errors !== "") troubles.push(`it ended with ${code} and said: ${errors}`);

    const { findings } = judged(
      {
        fault: "WebSocket frames and handshakes, right and wrong (RFC 6455)",
        done: cases - deviations.length,
        note: `memory ${growth < 0 ? "−" : "+"}${Math.abs(Math.round(growth / MIB))} MiB`,
      },
      troubles,
    );
    const names = deviations.map(({ name, why }) => `${name} (${why})`);
    return {
      findings: [
        ...findings,
        {
          part: "fuzz",
          fault: "WebSocket cases in which Bun is known to deviate from RFC 6455",
          done: deviations.length,
          bit: deviations.length,
          result: "broken",
          note: `taken where RFC 6455 has them refused, and answered as if they were right: ${names.join(", ")}`,
        },
      ],
      troubles,
    };
  } finally {
    await target.stop();
  }
}
