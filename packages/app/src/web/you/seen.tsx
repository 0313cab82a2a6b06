import type { Answers, ChangeMe } from "@snug/protocol";
import { useState } from "react";
import { Choice, type Option } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import type { Answer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { Waiting } from "../waiting.tsx";

type Me = Answers["Me"];

const presences: readonly Option<Me["presence"]>[] = [
  { value: "auto", label: "As I am", note: "Here, away or gone, by itself." },
  { value: "busy", label: "Busy", note: "Not to be disturbed." },
  { value: "invisible", label: "Invisible", note: "Gone, to everybody else." },
];
const receipts: readonly Option<"shown" | "hidden">[] = [
  { value: "shown", label: "Shown", note: "Others see how far I have read." },
  { value: "hidden", label: "Hidden", note: "Nobody sees it." },
];

/** What others are told of oneself without a word. */
export function Seen({ me }: { me: Answer<Me> }) {
  if (me.value === null) return <Waiting problem={me.problem?.detail} onAgain={me.again} />;
  return <SeenForm me={me.value} onChanged={me.again} />;
}

function SeenForm({ me, onChanged }: { me: Me; onChanged: () => void }) {
  const { chat } = useHouse();
  const { problem, run } = useDeed();
  const [shown, setShown] = useState({ presence: me.presence, receipts: me.receipts });

  async function change(body: Pick<ChangeMe, "presence" | "receipts">) {
    const before = shown;
    setShown({ ...shown, ...body });
    const done = await run(() => chat.call("PATCH /v1/me", { body }));
    if (done?.ok === true) onChanged();
    else setShown(before);
  }

  return (
    <div className="form">
      <Choice
        label="You are seen as"
        options={presences}
        value={shown.presence}
        onChange={(presence) => void change({ presence })}
      />
      <Choice
        label="How far you have read"
        options={receipts}
        value={shown.receipts ? "shown" : "hidden"}
        onChange={(value) => void change({ receipts: value === "shown" })}
      />
      <Problem detail={problem?.detail} />
    </div>
  );
}
