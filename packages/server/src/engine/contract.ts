import { describe } from "bun:test";
import { accountRules } from "./contract/accounts.ts";
import { destroyRules } from "./contract/destroy.ts";
import { fileRules } from "./contract/files.ts";
import { hostUserRules } from "./contract/host-users.ts";
import { inviteRules } from "./contract/invites.ts";
import { logRules } from "./contract/log.ts";
import { membershipRules } from "./contract/membership.ts";
import { messageRules } from "./contract/messages.ts";
import { readingRules } from "./contract/reading.ts";
import { roomRules } from "./contract/rooms.ts";
import { searchRules } from "./contract/search.ts";
import { sessionRules } from "./contract/sessions.ts";
import { setStage, type Candidate } from "./contract/stage.ts";

/** The rules that every engine keeps. Run it from the engine's own test file. */
export function engineContract(name: string, candidate: Candidate): void {
  describe(`the ${name} engine`, () => {
    const stage = setStage(candidate);
    logRules(stage, candidate);
    messageRules(stage, candidate);
    readingRules(stage, candidate);
    searchRules(stage, candidate);
    roomRules(stage, candidate);
    membershipRules(stage);
    inviteRules(stage);
    accountRules(stage, candidate);
    sessionRules(stage, candidate);
    hostUserRules(stage, candidate);
    destroyRules(stage, candidate);
    fileRules(stage, candidate);
  });
}
