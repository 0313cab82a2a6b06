/** Asks a Redis something in the words of its command line, and lets all else go on meanwhile. */
export async function ask(port: number, ...words: string[]): Promise<string> {
  const command = ["/usr/bin/redis-cli", "-p", `${port}`, "--raw", ...words];
  const { stdout } = Bun.spawn(command, { stdout: "pipe", stderr: "ignore" });
  return (await new Response(stdout).text()).trimEnd();
}
