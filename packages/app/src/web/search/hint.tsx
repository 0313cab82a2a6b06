const lines: readonly (readonly [what: string, way: string])[] = [
  ["as it stands", '"tea and milk"'],
  ["without it", "-milk"],
  ["by Ada", "from:ada"],
  ["by you", "from:me"],
  ["in a room", "in:general"],
  ["before that day", "before:2026-01-31"],
  ["after that month", "after:2026-01"],
];

/** What may be typed, while nothing is. */
export function Hint() {
  return (
    <div className="search-hint">
      <p className="soft">
        Any part of a word finds it, in any script; one character or a number too. More to narrow it
        down:
      </p>
      <dl>
        {lines.map(([what, way]) => (
          <div key={what}>
            <dt>
              <code>{way}</code>
            </dt>
            <dd className="soft">{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
