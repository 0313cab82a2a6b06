import { acks } from "./acks.ts";
import { chaos } from "./chaos.ts";
import { clock } from "./clock.ts";
import { disk } from "./disk.ts";
import { drain } from "./drain.ts";
import { duplicates } from "./duplicates.ts";
import type { Fault } from "./fault.ts";
import { flip } from "./flip.ts";
import { fsync } from "./fsync.ts";
import { kill } from "./kill.ts";
import { power } from "./power.ts";
import { resume } from "./resume.ts";
import { slow } from "./slow.ts";
import { storm } from "./storm.ts";

export const faults: readonly Fault[] = [
  kill,
  power,
  flip,
  acks,
  chaos,
  disk,
  slow,
  drain,
  duplicates,
  resume,
  storm,
  fsync,
  clock,
];
