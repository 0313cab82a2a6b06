import { type ReactNode, useId } from "react";

export interface Option<Value> {
  readonly value: Value;
  readonly label: string;
  readonly note?: ReactNode;
}

/** One of a few, all in view. */
export function Choice<Value extends string | number>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      <div className="choice-options">
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>
              {option.label}
              {option.note !== undefined && <small className="soft">{option.note}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
