/** Under which a draft for a thread is kept, beside that for its room. */
export const threadDraft = (room: string, seq: number) => `${room}/${seq}`;
