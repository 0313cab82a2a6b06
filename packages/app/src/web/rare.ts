// What is looked at now and then, as one file of its own.
export { Details } from "./details/details.tsx";
export { EphemeralDialog } from "./rooms/ephemeral-dialog.tsx";
export { NewRoomDialog } from "./rooms/new-room-dialog.tsx";
export { PeopleDialog } from "./rooms/people-dialog.tsx";
export { PublicRoomsDialog } from "./rooms/public-rooms-dialog.tsx";
export { ShareDialog } from "./share/share-dialog.tsx";
export { Shortcuts } from "./shortcuts.tsx";
export { YouDialog } from "./you/you-dialog.tsx";
