import type { Fault } from "../processes/fault.ts";
import { balancer } from "./balancer.ts";
import { cut, stall } from "./ears.ts";
import { clusterDies, clusterStandsStill, migration, sentinelDies } from "./failover.ts";
import { kill } from "./kill.ts";
import { flushed, forgotten, promoted } from "./losses.ts";
import { redisKill } from "./redis-kill.ts";
import { rolling } from "./rolling.ts";

export const faults: readonly Fault[] = [
  kill(2),
  kill(3),
  redisKill,
  clusterDies,
  clusterStandsStill,
  migration,
  sentinelDies,
  cut,
  stall,
  rolling,
  balancer,
  promoted,
  flushed,
  forgotten,
];
