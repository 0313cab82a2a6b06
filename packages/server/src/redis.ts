// Apart from the rest, which is loaded without it: the client of Redis takes as long to load as all else.
export { moveHouse } from "./engine/move/move.ts";
export { openRedis } from "./engine/redis/engine.ts";
