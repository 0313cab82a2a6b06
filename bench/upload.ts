/** Sends a file into the general room. */
export async function upload(url: string, token: string, body: BodyInit): Promise<void> {
  const response = await fetch(`${url}/v1/rooms/general/files?name=large.bin`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  if (response.status !== 201) throw new Error(`an upload was answered with ${response.status}`);
}
