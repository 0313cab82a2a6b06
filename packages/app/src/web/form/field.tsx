import { type ComponentProps, type ReactNode, useId } from "react";

/** A line to fill in, with its name above and, where there is one, a word on it below. */
export function Field({
  label,
  note,
  wrong = false,
  optional = false,
  ...input
}: {
  label: string;
  note?: ReactNode;
  wrong?: boolean;
  optional?: boolean;
} & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional && <span className="soft"> (if you like)</span>}
      </label>
      <input
        {...input}
        id={id}
        dir={input.dir ?? "auto"}
        aria-invalid={wrong}
        aria-describedby={note === undefined ? undefined : `${id}note`}
      />
      {note !== undefined && (
        <p id={`${id}note`} className="soft small">
          {note}
        </p>
      )}
    </div>
  );
}

/** Why something was not done; says it to a screen reader at once. */
export function Problem({ detail }: { detail: string | undefined }) {
  return (
    <p className="problem" role="alert">
      {detail}
    </p>
  );
}
