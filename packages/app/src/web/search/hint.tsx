const lines: readonly (readonly [what: string, ...ways: readonly string[]])[] = [
  ["as it stands", '"tea and milk"'],
  ["without it", "-milk"],
  ["by them, by you", "from:ada", "from:me"],
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
        {lines.map(([what, ...ways]) => (
          <div key={what}>
            <dt>
              {ways.map((way) => (
                <code key={way}>{way}</code>
              ))}
            </dt>
            <dd className="soft">{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
