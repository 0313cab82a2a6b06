import { Mark } from "./mark.tsx";

/** A page that says one thing and offers one way on. */
export function Notice(props: {
  title: string;
  detail: string;
  action: string;
  onAction: () => void;
}) {
  return (
    <main className="entrance">
      <div className="entrance-card" role="alert">
        <Mark className="entrance-mark" />
        <h1>{props.title}</h1>
        <p className="soft">{props.detail}</p>
        <button type="button" className="primary" onClick={props.onAction}>
          {props.action}
        </button>
      </div>
    </main>
  );
}
