import { Dialog } from "./dialog.tsx";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const control = isApple ? "⌘" : "Ctrl";
const alt = isApple ? "⌥" : "Alt";

type Line = readonly [what: string, ...keys: readonly (readonly string[])[]];

const parts: readonly (readonly [title: string, lines: readonly Line[]])[] = [
  [
    "Getting about",
    [
      ["Go to a room", [control, "K"]],
      ["Search messages", ["/"]],
      ["The room above, the room below", [alt, "↑"], [alt, "↓"]],
      ["The newest message", ["Esc"], ["End"]],
      ["This list", ["?"]],
    ],
  ],
  [
    "On messages",
    [
      ["From one to the next", ["↑"], ["↓"]],
      ["Reply", ["R"]],
      ["Open its thread", ["T"]],
      ["React", ["+"]],
      ["Edit your own", ["E"]],
      ["All that can be done", ["Enter"]],
      ["Back to writing", ["Esc"]],
    ],
  ],
  [
    "Writing",
    [
      ["Send", ["Enter"]],
      ["A new line", ["Shift", "Enter"]],
      ["Add a picture or file", [control, "V"]],
      ["Edit what you said last", ["↑"]],
      ["Put an edit or a reply away", ["Esc"]],
    ],
  ],
];

/** What keys do. Each thing that they reach is a button or a link too. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {parts.map(([title, lines]) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <dl className="shortcuts">
            {lines.map(([what, ...ways]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>
                  {ways.map((keys, index) => (
                    <span key={keys.join()}>
                      {index > 0 && <span className="soft"> or </span>}
                      {keys.map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
