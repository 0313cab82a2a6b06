import { hasFinePointer } from "./pointer.ts";

/** Where one begins in what has just opened: at its first field, if that is one to type in and no keyboard would jump up for it, else at its title. */
export function focusFirst(place: HTMLElement | null): void {
  const field = place?.querySelector<HTMLElement>(
    "input:not([readonly], .hidden), select, textarea",
  );
  const title = place?.querySelector<HTMLElement>("h2");
  if (field && !field.matches("[type=radio]") && hasFinePointer()) field.focus();
  else title?.focus();
}

/** For the `ref` of a field in which one begins as soon as it is drawn, where no keyboard would jump up for it. */
export function focusNew(field: HTMLElement | null): void {
  if (hasFinePointer()) field?.focus();
}

/** Whether what had the focus is gone, so that it may be given to something else. */
export const isFocusLost = () =>
  document.activeElement === null || document.activeElement === document.body;
