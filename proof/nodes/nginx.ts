import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect as connectPlainly, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { freePort } from "../../packages/server/src/engine/redis/testing.ts";
import { Impossible } from "../processes/fault.ts";

const NGINX = "/usr/sbin/nginx";
const OPENSSL = "/usr/bin/openssl";
const SETTINGS = fileURLToPath(new URL("../../deploy/nginx.conf", import.meta.url));
const READY_WITHIN = 5_000;

/**
 * A real nginx with the settings of deploy/, on ports of its own and with a certificate that
 * it signed itself.
 */
export class Nginx {
  readonly #child: Bun.Subprocess;
  readonly #pipe = createServer((near) => this.#join(near));
  readonly #ends = new Set<Socket>();
  readonly #port: number;
  #address = "";
  readonly certificate: string;

  private constructor(child: Bun.Subprocess, port: number, certificate: string) {
    this.#child = child;
    this.#port = port;
    this.certificate = certificate;
  }

  /** @param nodes the ports of three nodes */
  /** Throws Impossible where there is none. */
  static look(): void {
    for (const file of [NGINX, OPENSSL])
      if (!existsSync(file))
        throw new Impossible(`there is no ${file}: apt-get install nginx openssl`);
  }

  static async start(folder: string, nodes: readonly number[]): Promise<Nginx> {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    const asked = [
      "req",
      "-x509",
      "-nodes",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
    ];
    const about = ["-subj", "/CN=localhost", "-addext", names, "-days", "2"];
    await Bun.$`${OPENSSL} ${asked} ${about} -keyout ${key} -out ${certificate}`.quiet();

    const [plain, port] = [await freePort(), await freePort()];
    const site = [
      ["listen 80;", `listen 127.0.0.1:${plain};`],
      ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
      ["/etc/letsencrypt/live/chat.example.org/fullchain.pem", certificate],
      ["/etc/letsencrypt/live/chat.example.org/privkey.pem", key],
      ...nodes.map((node, index) => [`127.0.0.1:400${index + 1}`, `127.0.0.1:${node}`]),
    ].reduce((text, [from = "", to = ""]) => replaced(text, from, to), settings());
    writeFileSync(join(folder, "snug.conf"), site);
    writeFileSync(join(folder, "nginx.conf"), around(folder));
    const child = Bun.spawn([NGINX, "-c", join(folder, "nginx.conf")], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(folder, "stderr.log")),
    });
    const nginx = new Nginx(child, port, readFileSync(certificate, "utf8"));
    await new Promise<void>((resolve) => nginx.#pipe.listen(0, "127.0.0.1", resolve));
    nginx.#address = `127.0.0.1:${(nginx.#pipe.address() as AddressInfo).port}`;
    await nginx.#ready(join(folder, "stderr.log"));
    return nginx;
  }

  /** By TLS. */
  get origin(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** For those who speak no TLS: it is spoken for them, and the certificate checked. */
  get address(): string {
    return this.#address;
  }

  async close(): Promise<void> {
    this.#pipe.close();
    for (const end of this.#ends) end.destroy();
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }

  #join(near: Socket): void {
    const far = connect({ host: "127.0.0.1", port: this.#port, ca: this.certificate });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(one);
      // The other end is closed with it, which is all there is to say.
      one.on("error", () => {});
      one.on("close", () => {
        this.#ends.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async #ready(errors: string): Promise<void> {
    const deadline = performance.now() + READY_WITHIN;
    while (!(await listens(this.#port))) {
      if (this.#child.exitCode !== null || performance.now() > deadline) {
        await this.close();
        throw new Error(`nginx did not start: ${readFileSync(errors, "utf8").trim()}`);
      }
      await Bun.sleep(20);
    }
  }
}

const settings = () => readFileSync(SETTINGS, "utf8");

function replaced(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2)
    throw new Error(`deploy/nginx.conf has not "${from}" once: change it here too`);
  return text.replace(from, to);
}

/** What Debian's own settings have around the site, in a folder of its own. */
function around(folder: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (of) => `  ${of}_temp_path ${join(folder, of)};`,
  );
  // Its workers come to the folders of whoever started it.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
worker_processes 2;
pid ${join(folder, "pid")};
error_log ${join(folder, "error.log")};
events {}
http {
  access_log off;
${places.join("\n")}
  include ${join(folder, "snug.conf")};
}
`;
}

async function listens(port: number): Promise<boolean> {
  const socket = connectPlainly({ host: "127.0.0.1", port });
  const is = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  return is;
}
