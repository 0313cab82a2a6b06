import { expect, test } from "bun:test";
import { deviceName } from "./device-name.ts";

test("a device is called by its browser and system, or by its program", () => {
  const cases: [string, string][] = [
    ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
      "Safari on iPhone",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
      "Edge on Windows",
    ],
    ["Bun/1.4.5", "Bun"],
    ["curl/8.5", "curl"],
    ["", "Unknown device"],
  ];
  for (const [agent, name] of cases) expect(deviceName(agent)).toBe(name);
});
