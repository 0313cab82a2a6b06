// Stands for when.ts in what the server renders, which knows nothing of the reader's zone and
// language; index.html puts in the times that are seen first.
const unknown = (_at: number) => "";

export const clockTime = unknown;
export const dayName = unknown;
export const exactTime = unknown;
export const momentOf = unknown;
export const machineTime = (at: number) => new Date(at).toISOString();
