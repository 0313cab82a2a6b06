export { systemClock } from "./clock.ts";
export { HOST_SECRET_LEAST, hostTokens, type HostKeys } from "./host-tokens.ts";
export { isAddressBlock } from "./http/address.ts";
export { FolderError, openEmbedded } from "./engine/embedded/engine.ts";
export type { PeopleStore } from "./core/ports.ts";
export type { Asset, Encoded, Page } from "./http/page.ts";
export { Metrics } from "./metrics.ts";
export { createServer, type ServerOptions, type SnugServer } from "./server.ts";
