import { limits } from "@snug/protocol";
import type { ReactNode } from "react";
import type { Deed } from "../use-deed.ts";
import { Field } from "./field.tsx";

interface RoomField {
  value: string;
  problem: Deed["problem"];
  onChange: (value: string) => void;
}

export function RoomName({
  value,
  problem,
  onChange,
  optional = false,
}: RoomField & { optional?: boolean }) {
  return (
    <Field
      label="Name"
      optional={optional}
      value={value}
      maxLength={limits.nameLength}
      autoComplete="off"
      wrong={problem?.field === "name"}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

export function RoomTopic({ value, problem, onChange }: RoomField) {
  return (
    <Field
      label="Topic"
      optional
      value={value}
      maxLength={limits.topicLength}
      autoComplete="off"
      wrong={problem?.field === "topic"}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** How many may be in the room. */
export function RoomPlaces({ value, problem, onChange, note }: RoomField & { note?: ReactNode }) {
  return (
    <Field
      label="Places"
      optional
      value={value}
      inputMode="numeric"
      autoComplete="off"
      note={note}
      wrong={problem?.field === "capacity"}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** The capacity that was written: nothing is `null`, as many as come. `undefined` if it is none. */
export function capacityOf(written: string): number | null | undefined {
  if (written.trim() === "") return null;
  const capacity = Number(written);
  return Number.isInteger(capacity) && capacity >= 1 ? capacity : undefined;
}

export const noCapacity = "Places are a whole number; leave it empty for as many as come.";
