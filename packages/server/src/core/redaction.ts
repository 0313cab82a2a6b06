/** What stays in the log of an event that carried the words of a message which was deleted at this time. */
export function redacted(json: string, at: number): string {
  const { mentions: _, ...event } = JSON.parse(json) as Record<string, unknown>;
  const emptied = { ...event, text: "" };
  const isMessage = event["type"] === "message.posted";
  return JSON.stringify(isMessage ? { ...emptied, files: [], deletedAt: at } : emptied);
}
