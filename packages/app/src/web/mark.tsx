/** The snug: a doorway with a lamp in it. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg className={`mark ${className ?? ""}`} viewBox="0 0 32 32" aria-hidden="true">
      <path className="mark-door" d="M5 30V14a11 11 0 0 1 22 0v16z" />
      <path className="mark-lamp" d="M9.5 20a6.5 6.5 0 0 1 13 0z" />
      <path className="mark-cord" d="M16 3v11" />
    </svg>
  );
}
