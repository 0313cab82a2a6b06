// An event stream over HTTP/1.1, in chunks; it only reads. What fills a chunk is taken as one frame.
#include "load.h"

void sseBegin(Conn *c) {
  putText("GET /v1/rooms/%s/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n"
          "Authorization: Bearer %s\r\n\r\n",
          rooms[c->room].name, c->port, c->token);
}

size_t sseParse(Conn *c, char *p, size_t n) {
  size_t used = 0;
  if (c->state == UPGRADING) {
    char *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end) return 0;
    if (n < 12 || memcmp(p + 9, "200", 3) != 0) fail("no stream: %.*s", (int)(end - p), p);
    used = end + 4 - p;
    ready(c);
  }
  for (;;) {
    char *line = memmem(p + used, n - used, "\r\n", 2);
    if (!line) return used;
    char *body = line + 2;
    size_t length = strtoul(p + used, NULL, 16);
    if (length == 0) fail("the stream ended");
    if (body + length + 2 > p + n) return used;
    if (memmem(body, length, "data:", 5) && memmem(body, length, "\"seq\":", 6)) onMessages(c, body, length);
    used = body + length + 2 - p;
  }
}
