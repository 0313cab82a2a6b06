import { isField, usePageKeys } from "../use-page-keys.ts";

/** `/`, where no field has the focus. */
export function useSearchKey(act: () => void): void {
  usePageKeys((event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key !== "/" || ctrlKey || metaKey || altKey || isField(target)) return;
    event.preventDefault();
    act();
  });
}
