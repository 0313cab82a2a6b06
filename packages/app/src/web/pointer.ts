/** Whether a mouse or the like is the main pointer: then a keyboard is at hand and focus may move by itself. */
export const hasFinePointer = () => !matchMedia("(pointer: coarse)").matches;
