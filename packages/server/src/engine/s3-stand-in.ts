/**
 * As much of S3 as an upload, a download and a removal ask for, in memory: no
 * stand-in on npm is kept up. Whether requests are signed it sees, and by whose key.
 */
export function startS3({ bucket = "snug", key = "key" } = {}) {
  const objects = new Map<string, Uint8Array>();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  const status = { fault: 0 };

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const [, place, name = ""] = url.pathname.split("/");
    const signed = request.headers.get("authorization") ?? "";
    if (!signed.startsWith(`AWS4-HMAC-SHA256 Credential=${key}/`))
      return error(403, "AccessDenied");
    if (place !== bucket) return error(404, "NoSuchBucket");
    if (status.fault) return error(status.fault, "InternalError");
    const id = url.searchParams.get("uploadId");
    const found = objects.get(name);
    switch (request.method) {
      case "POST": {
        if (id === null) {
          uploads.set(name, new Map());
          return xml(
            `<InitiateMultipartUploadResult><UploadId>${name}</UploadId></InitiateMultipartUploadResult>`,
          );
        }
        const parts = [...(uploads.get(id) ?? [])].toSorted(([one], [other]) => one - other);
        uploads.delete(id);
        objects.set(name, Buffer.concat(parts.map(([, part]) => part)));
        return xml("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>");
      }
      case "PUT": {
        const bytes = await request.bytes();
        if (id === null) objects.set(name, bytes);
        else uploads.get(id)?.set(Number(url.searchParams.get("partNumber")), bytes);
        return new Response(null, { headers: { etag: '"x"' } });
      }
      case "HEAD":
      case "GET": {
        if (!found) return error(404, "NoSuchKey");
        const [, from = "0", to] =
          /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
        const part = found.slice(Number(from), to ? Number(to) + 1 : undefined);
        return new Response(request.method === "HEAD" ? null : part, {
          status: part.length < found.length ? 206 : 200,
          headers: { "content-length": String(part.length), etag: '"x"' },
        });
      }
      case "DELETE":
        if (id !== null) uploads.delete(id);
        else objects.delete(name);
        return new Response(null, { status: 204 });
      default:
        return error(405, "MethodNotAllowed");
    }
  };
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  return {
    options: {
      endpoint: server.url.origin,
      bucket,
      region: "nowhere",
      accessKeyId: key,
      secretAccessKey: "secret",
    },
    objects,
    /** Uploads in parts that did not end. */
    uploads,
    status,
    close: () => server.stop(true),
  };
}

function xml(text: string): Response {
  return new Response(`<?xml version="1.0"?>${text}`, {
    headers: { "content-type": "application/xml" },
  });
}

function error(status: number, code: string): Response {
  return new Response(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    {
      status,
      headers: { "content-type": "application/xml" },
    },
  );
}
