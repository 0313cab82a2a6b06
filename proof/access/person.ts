/** Somebody who calls the HTTP door with a token. */
export interface Person {
  readonly id: string;
  readonly token: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
}

/** Comes in by POST to `path`; throws where the door stays shut. */
export async function comeIn(
  url: string,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Person> {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`nobody came in: ${answer.status} ${await answer.text()}`);
  const { user, token } = (await answer.json()) as { user: { id: string }; token: string };
  return {
    id: user.id,
    token,
    call: (method, place, json, more = {}) =>
      fetch(url + place, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(json !== undefined && { "content-type": "application/json" }),
          ...more,
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
  };
}
