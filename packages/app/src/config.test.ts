import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  ConfigError,
  readConfig,
  readFunctionConfig,
  readMove,
  usage,
  type Config,
} from "./config.ts";
import { placesOf } from "./open-engine.ts";

const read = (args: string[], env: Record<string, string | undefined> = {}) => {
  const config = readConfig(args, env);
  if (config === null) throw new Error("only the usage was asked for");
  return config;
};
const refusal = (args: string[], env: Record<string, string | undefined> = {}): string => {
  try {
    readConfig(args, env);
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  throw new Error(`${JSON.stringify([args, env])} was taken`);
};

test("[OPS2] the defaults are those of the document", () => {
  const defaults = {
    port: 3_000,
    host: "127.0.0.1",
    data: "./data",
    redis: null,
    origin: null,
    allowOrigins: [],
    guests: "open",
    signUp: "open",
    proxies: [],
    rateLimits: "on",
    fileBytes: 26_214_400,
    fileBytesPerUser: 1_073_741_824,
    fileBytesInAll: 10_737_418_240,
    s3: null,
    hostKeys: null,
    isPublic: false,
    demo: false,
    page: null,
    drain: 5_000,
  };
  expect(read([])).toEqual(defaults as Config);
  const empty = {
    PORT: "",
    HOST: "",
    SNUG_DATA: "",
    SNUG_REDIS: "",
    SNUG_DURABILITY: "",
    SNUG_ORIGIN: "",
    SNUG_PROXY: "",
    SNUG_RATE_LIMITS: "",
    SNUG_FILE_SIZE: "",
    SNUG_FILE_QUOTA: "",
    SNUG_FILE_SPACE: "",
    SNUG_S3: "",
    SNUG_HOST_SECRET: "",
    SNUG_HOST_JWKS: "",
    SNUG_ALLOW_ORIGINS: "",
    SNUG_GUESTS: "",
    SNUG_SIGN_UP: "",
  };
  expect(read([], empty)).toEqual(defaults as Config);
  const flags = ["host", "data", "redis", "durability", "origin", "proxy", "s3"];
  expect(read(flags.flatMap((flag) => [`--${flag}`, ""]))).toEqual(defaults as Config);
});

test("[OPS2] each flag goes before its environment variable, and that before the default", () => {
  const cases: [keyof Config, string, string, [string, string], [unknown, unknown]][] = [
    ["port", "--port", "PORT", ["4000", "5000"], [4_000, 5_000]],
    ["host", "--host", "HOST", ["0.0.0.0", "::1"], ["0.0.0.0", "::1"]],
    ["data", "--data", "SNUG_DATA", ["/a", "/b"], ["/a", "/b"]],
    [
      "origin",
      "--origin",
      "SNUG_ORIGIN",
      ["https://a.example/", "http://b.example:8080"],
      ["https://a.example", "http://b.example:8080"],
    ],
    [
      "proxies",
      "--proxy",
      "SNUG_PROXY",
      ["10.0.0.1", "10.0.0.0/8, fd00::/8,::1,"],
      [["10.0.0.1"], ["10.0.0.0/8", "fd00::/8", "::1"]],
    ],
    ["fileBytes", "--file-size", "SNUG_FILE_SIZE", ["1", "200"], [1_048_576, 209_715_200]],
    ["fileBytesPerUser", "--file-quota", "SNUG_FILE_QUOTA", ["1", "2"], [1_048_576, 2_097_152]],
    ["fileBytesInAll", "--file-space", "SNUG_FILE_SPACE", ["1", "2"], [1_048_576, 2_097_152]],
    ["guests", "--guests", "SNUG_GUESTS", ["invite", "off"], ["invite", "off"]],
    ["signUp", "--sign-up", "SNUG_SIGN_UP", ["invite", "off"], ["invite", "off"]],
    [
      "allowOrigins",
      "--allow-origins",
      "SNUG_ALLOW_ORIGINS",
      ["https://a.example", "https://b.example"],
      [["https://a.example"], ["https://b.example"]],
    ],
    ["rateLimits", "--rate-limits", "SNUG_RATE_LIMITS", ["off", "on"], ["off", "on"]],
  ];
  for (const [name, flag, variable, [one, other], [first, second]] of cases) {
    expect(read([], { [variable]: one })[name]).toEqual(first as Config[typeof name]);
    expect(read([flag, other])[name]).toEqual(second as Config[typeof name]);
    expect(read([flag, other], { [variable]: one })[name]).toEqual(second as Config[typeof name]);
    expect(read([`${flag}=${other}`], { [variable]: one })[name]).toEqual(
      second as Config[typeof name],
    );
    // A variable that a flag outranks may even be wrong.
    expect(read([flag, other], { [variable]: "\0" })[name]).toEqual(second as Config[typeof name]);
  }
});

test("[OPS16] the sizes of files are whole MiB, and a bucket has an address and a key that nobody is told", () => {
  for (const text of ["0", "-1", "1.5", "25MB", "1e3", " 1", "9999999999"])
    expect(refusal([`--file-size=${text}`])).toMatch(/--file-size .*MiB/);
  expect(read(["--s3", "https://k%2B:s%2F@s3.example.org:9000/chat?region=eu"]).s3).toEqual({
    endpoint: "https://s3.example.org:9000",
    bucket: "chat",
    region: "eu",
    accessKeyId: "k+",
    secretAccessKey: "s/",
  });
  const aws = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
  expect(read([], { SNUG_S3: "http://127.0.0.1:9000/chat/", ...aws }).s3).toMatchObject({
    bucket: "chat",
    region: "us-east-1",
    accessKeyId: "k",
    secretAccessKey: "s",
  });
  for (const text of [
    "https://k:HIDDEN@s3.example.org",
    "https://k:HIDDEN@s3.example.org/a/b",
    "s3://k:HIDDEN@bucket",
    "k:HIDDEN",
    "https://HIDDEN@s3.example.org/chat",
    "https://HIDDEN%zz:s@s3.example.org/chat",
    "https://k:HIDDEN%zz@s3.example.org/chat",
  ]) {
    expect(refusal(["--s3", text])).toStartWith("--s3 ");
    expect(refusal([], { SNUG_S3: text })).not.toContain("HIDDEN");
  }
});

test("[OPS17] a Redis has an address that nobody is told, and perhaps a durability that is asked for", () => {
  const one = "redis://:p%40ss@a:7001,b,[::1]:7003?protocol=3";
  const other = "rediss+sentinel://ann:s%3A@a,[::1]:6390/house";
  expect(read(["--redis", one]).redis).toEqual({ url: one });
  expect(read([], { SNUG_REDIS: one, SNUG_DURABILITY: "disk" }).redis).toEqual({
    url: one,
    durability: "disk",
  });
  const env = { SNUG_REDIS: "nonsense", SNUG_DURABILITY: "nonsense" };
  for (const durability of ["memory", "disk", "replicated"] as const) {
    expect(read(["--redis", other, "--durability", durability], env).redis).toEqual({
      url: other,
      durability,
    });
  }
  expect(read(["--redis="], { SNUG_REDIS: one }).redis).toBeNull();
  const placed = (url: string) => placesOf(read(["--redis", url])).split(", files")[0];
  expect([one, other, "rediss://ann:s%3A@[::1]:6390/0"].map(placed)).toEqual([
    "data on Redis at a:7001, b:6379, [::1]:7003",
    "data on Redis at house of the Sentinels at a:26379, [::1]:6390",
    "data on Redis at [::1]:6390",
  ]);
  for (const text of [
    "HIDDEN",
    "redis.example.org:6379",
    "redis://",
    "redis:///0",
    "http://ann:HIDDEN@redis.example.org",
    "unix:/HIDDEN/redis.sock",
    "redis-sentinel://:HIDDEN@redis.example.org",
    "redis://:HIDDEN@redis.example.org:99999",
    "redis://:HIDDEN%zz@redis.example.org",
    "redis://:HID#DEN@redis.example.org",
    "redis://:HIDDEN@redis.example.org/1",
    "redis://:HIDDEN@redis.example.org/snug",
    "redis://:HIDDEN@redis.example.org?family=6",
    "redis://:HIDDEN@redis.example.org#x",
    "redis://:HIDDEN@a:7001,",
    "redis://:HIDDEN@a:7001,ann:HIDDEN@b:7002",
    "redis://:HIDDEN@a:7001,b:7002/house",
    "redis+sentinel://:HIDDEN@a,b",
    "redis+sentinel://:HIDDEN@a,b/a/b",
    "redis://:HIDDEN@a?protocol=4",
  ]) {
    expect([text, refusal(["--redis", text])]).toEqual([
      text,
      expect.stringMatching(/^--redis .*no database but 0\.$/),
    ]);
    expect(refusal([], { SNUG_REDIS: text })).not.toMatch(/HID|DEN/);
  }
});

test("[OPS2] guests and sign-up are open where this machine alone can come and need an invite elsewhere, unless the flag says otherwise", () => {
  for (const [flag, name] of [
    ["--guests", "guests"],
    ["--sign-up", "signUp"],
  ] as const) {
    for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
      expect(read(["--host", host])[name]).toBe("open");
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.example.org"])
      expect(read(["--host", host])[name]).toBe("invite");
    expect(read([], { HOST: "0.0.0.0" })[name]).toBe("invite");
    expect(read(["--origin", "http://localhost:3000"])[name]).toBe("open");
    // Behind a proxy on this machine the world comes by way of loopback.
    expect(read([], { SNUG_ORIGIN: "https://chat.example.org" })[name]).toBe("invite");
    expect(read([], { SNUG_PROXY: "127.0.0.1" })[name]).toBe("invite");
    for (const mode of ["open", "invite", "off"] as const) {
      expect(read(["--host", "0.0.0.0", flag, mode])[name]).toBe(mode);
      expect(read(["--proxy", "127.0.0.1", flag, mode])[name]).toBe(mode);
    }
  }
});

test("[OPS9] a server is public whose host, origin or proxy says that others reach it", () => {
  for (const args of [
    [],
    ["--host", "::1"],
    ["--origin", "http://localhost:3000"],
    ["--origin", "http://[::1]:3000"],
    ["--origin", "http://127.0.0.1"],
  ])
    expect([args, read(args).isPublic]).toEqual([args, false]);
  for (const args of [
    ["--host", "0.0.0.0"],
    ["--host", "::"],
    ["--host", "chat.example.org"],
    ["--origin", "https://chat.example.org"],
    ["--origin", "http://192.168.1.2:3000"],
    ["--proxy", "127.0.0.1"],
  ])
    expect([args, read(args).isPublic]).toEqual([args, true]);
});

test("[OPS13] the host's keys are a secret of 32 bytes or an address, by flag or environment", () => {
  const [one, other] = ["a secret of this length, at least", "and another one of 32 bytes or so"];
  expect(read(["--host-secret", one]).hostKeys).toEqual({ secret: one });
  expect(read([], { SNUG_HOST_SECRET: one }).hostKeys).toEqual({ secret: one });
  expect(read(["--host-secret", other], { SNUG_HOST_SECRET: one }).hostKeys).toEqual({
    secret: other,
  });
  const jwks = "https://app.example.org/jwks.json";
  expect(read(["--host-jwks", jwks]).hostKeys).toEqual({ jwks });
  expect(read([], { SNUG_HOST_JWKS: jwks }).hostKeys).toEqual({ jwks });
  expect(read(["--host-secret=", "--host-jwks", jwks], { SNUG_HOST_SECRET: one }).hostKeys).toEqual(
    { jwks },
  );
  const short = "too short a secret";
  for (const says of [
    refusal(["--host-secret", short]),
    refusal([], { SNUG_HOST_SECRET: short }),
    refusal(["--host-secret", one, "--host-jwks", jwks]),
    refusal(["--host-jwks", jwks], { SNUG_HOST_SECRET: one }),
  ]) {
    expect(says).toContain("--host-secret");
    for (const secret of [short, one]) expect(says).not.toContain(secret);
  }
});

test("[OPS2] origins are a list, and drain is in seconds", () => {
  expect(
    read(["--allow-origins", "https://a.example, http://localhost:5173,"]).allowOrigins,
  ).toEqual(["https://a.example", "http://localhost:5173"]);
  expect(read(["--drain", "0.5"]).drain).toBe(500);
  expect(read(["--drain", "0"]).drain).toBe(0);
});

test("[OPS11] the page is a file named by the flag, and by nothing else", () => {
  expect(read(["--page", "page.html"]).page).toBe("page.html");
  expect(read(["--page=a/b.html"], { PAGE: "x", SNUG_PAGE: "x" }).page).toBe("a/b.html");
  expect(read([], { PAGE: "x", SNUG_PAGE: "x" }).page).toBeNull();
});

test("[OPS3] what cannot be used is refused in one line that names it", () => {
  const cases: [string[], Record<string, string>, string][] = [
    [["--nope"], {}, "--nope"],
    [["--prot", "4000"], {}, "--prot"],
    [["extra"], {}, "extra"],
    [["--port"], {}, "--port"],
    [["--port", "abc"], {}, "--port"],
    [["--port", "65536"], {}, "--port"],
    [["--port", "-1"], {}, "--port"],
    [["--port", "1.5"], {}, "--port"],
    [["--port", "0x50"], {}, "--port"],
    [["--port", " 80"], {}, "--port"],
    [["--port="], {}, "--port"],
    [[], { PORT: "many" }, "many"],
    [["--origin", "chat.example"], {}, "--origin"],
    [["--origin", "ftp://chat.example"], {}, "--origin"],
    [["--origin", "https://chat.example/path"], {}, "--origin"],
    [["--origin", "https://user@chat.example"], {}, "--origin"],
    [[], { SNUG_ORIGIN: "nonsense" }, "nonsense"],
    [["--allow-origins", "https://a.example,nonsense"], {}, "--allow-origins"],
    [["--allow-origins", "*"], {}, "--allow-origins"],
    [["--guests", "some"], {}, "--guests"],
    [["--sign-up", "some"], {}, "--sign-up"],
    [["--sign-up="], {}, "--sign-up"],
    [["--proxy", "localhost"], {}, "--proxy"],
    [["--proxy", "10.0.0.0/33"], {}, "10.0.0.0/33"],
    [["--proxy", "10.0.0.1,nonsense"], {}, "nonsense"],
    [["--proxy", "10.0.0.1 10.0.0.2"], {}, "--proxy"],
    [[], { SNUG_PROXY: "*" }, "SNUG_PROXY"],
    [["--rate-limits"], {}, "--rate-limits"],
    [["--rate-limits", "no"], {}, "--rate-limits"],
    [[], { SNUG_RATE_LIMITS: "0" }, "SNUG_RATE_LIMITS"],
    [["--host-secret", "short"], {}, "--host-secret"],
    [["--host-secret"], {}, "--host-secret"],
    [["--host-jwks", "app.example.org"], {}, "--host-jwks"],
    [["--host-jwks", "file:///etc/jwks.json"], {}, "--host-jwks"],
    [[], { SNUG_HOST_JWKS: "nonsense" }, "SNUG_HOST_JWKS"],
    [["--page"], {}, "--page"],
    [["--page", ""], {}, "--page"],
    [["--page="], {}, "--page"],
    [["--drain", "soon"], {}, "--drain"],
    [["--drain", "3601"], {}, "--drain"],
    [["--drain", "Infinity"], {}, "--drain"],
    [[], { SNUG_REDIS: "localhost" }, "SNUG_REDIS"],
    [["--redis"], {}, "--redis"],
    [["--redis", "redis://localhost", "--durability", "safe"], {}, "safe"],
    [["--redis", "redis://localhost", "--durability"], {}, "--durability"],
    [["--redis", "redis://localhost"], { SNUG_DURABILITY: "Disk" }, "SNUG_DURABILITY"],
    [["--durability", "safe"], {}, "safe"],
    [["--durability", "disk"], {}, "--redis"],
    [[], { SNUG_DURABILITY: "memory" }, "SNUG_DURABILITY"],
    [["--demo", "--redis", "redis://localhost"], {}, "--demo"],
    [["--demo"], { SNUG_REDIS: "redis://localhost" }, "SNUG_REDIS"],
  ];
  for (const [args, env, named] of cases) {
    const says = refusal(args, env);
    expect([args, says]).toEqual([args, expect.stringContaining(named)]);
    expect(says.split("\n")).toHaveLength(1);
    expect(says).toEndWith(".");
  }
});

test("[OPS3] an argument that is not known is named whole, dots and all", () => {
  expect(refusal(["./data"])).toContain("./data");
  expect(refusal(["--listen=127.0.0.1"])).toContain("--listen");
  expect(refusal(["--my.flag"])).toContain("--my.flag");
  expect(refusal(["--drain", "-1"])).toStartWith("--drain takes no value that begins with -. ");
});

test("[OPS2] [OPS3] a port is any whole number from 0 to 65535, and nothing else is one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), (port) => {
      expect(read([`--port=${port}`]).port).toBe(port);
      expect(read([], { PORT: String(port) }).port).toBe(port);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(text !== "" && !/^\d{1,5}$/.test(text));
      expect(refusal([`--port=${text}`])).toContain("--port");
    }),
  );
});

test("[OPS2] --help is the usage, and names every flag there is", () => {
  expect(readConfig(["--help"], {})).toBeNull();
  expect(readConfig(["--help", "--port", "nonsense"], { SNUG_REDIS: "x" })).toBeNull();
  const all =
    "port host data redis durability origin allow-origins guests sign-up proxy rate-limits host-secret host-jwks demo page drain";
  for (const flag of all.split(" ")) expect(usage).toContain(`--${flag} `);
});

test("[OPS15] --demo has a folder of its own, and runs for this machine alone", () => {
  expect(readConfig(["--demo"], {})).toMatchObject({ demo: true, data: "./data-demo" });
  expect(readConfig(["--demo", "--data", "there"], {})).toMatchObject({ data: "there" });
  for (const args of [
    ["--host", "0.0.0.0"],
    ["--proxy", "127.0.0.1"],
    ["--origin", "https://chat.example.org"],
  ])
    expect(() => readConfig(["--demo", ...args], {})).toThrow(/passwords/);
});

test("[FUN1] [FUN2] [FUN5] a function has all it needs from the environment, and anybody may reach it", () => {
  const SNUG_REDIS = "redis://127.0.0.1:6379";
  const SNUG_S3 = "https://KEY:SECRET@s3.example.org/snug";
  const env = { SNUG_REDIS, SNUG_S3, PORT: "a pipe", HOST: "127.0.0.1" };
  expect(readFunctionConfig({ ...env, SNUG_PROXY: "192.0.2.0/24" })).toMatchObject({
    isPublic: true,
    guests: "invite",
    signUp: "invite",
    proxies: ["192.0.2.0/24", "127.0.0.1"],
    fileBytes: 4_194_304,
    streamMs: 285_000,
  });
  expect(
    readFunctionConfig({ ...env, SNUG_FILE_SIZE: "9", SNUG_STREAM_SECONDS: "50" }),
  ).toMatchObject({ fileBytes: 9_437_184, streamMs: 50_000 });
  for (const lacking of [{ SNUG_REDIS }, { SNUG_S3 }, {}])
    expect(() => readFunctionConfig(lacking)).toThrow("set SNUG_REDIS, and SNUG_S3");
  expect(() => readFunctionConfig({ ...env, SNUG_STREAM_SECONDS: "0" })).toThrow(
    'SNUG_STREAM_SECONDS must be seconds from 1 to 3600, not "0"',
  );
});

test("[OPS2] [OPS20] a move reads its flags before the environment, and no others", () => {
  const env = { SNUG_DATA: "there", SNUG_REDIS: "redis://h:1", SNUG_DURABILITY: "disk" };
  const url = "redis://h:2";
  expect(readMove(["--help"], {})).toBeNull();
  expect(readMove(["--redis", url], {})).toEqual({ data: "./data", redis: { url }, s3: null });
  const redis = { url: "redis://h:1", durability: "disk" } as const;
  expect(readMove([], env)).toEqual({ data: "there", redis, s3: null });
  expect(readMove(["--data", "here", "--redis", url], env)).toMatchObject({
    data: "here",
    redis: { url },
  });
  for (const args of [[], ["--redis", url, "--port", "1"], ["--redis", url, "now"]])
    expect(() => readMove(args, {})).toThrow(ConfigError);
});
