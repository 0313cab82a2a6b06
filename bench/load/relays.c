// MQTT 3.1.1 and NATS. They pass on what the client has made, so the client makes the whole message.
#include "load.h"
#include <time.h>

int relayed(char *payload, size_t size, Conn *c, const char *clientId, const char *text) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  int n = snprintf(payload, size,
                   "{\"type\":\"events\",\"room\":\"%s\",\"events\":[{\"type\":\"message.posted\",\"at\":%lld,"
                   "\"clientId\":\"%s\",\"text\":\"%s\",\"pad\":\"",
                   rooms[c->room].name, (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000, clientId, text);
  while ((size_t)n + 4 < padBytes && (size_t)n < size - 5) payload[n++] = '.';
  return n + snprintf(payload + n, size - n, "\"}]}");
}

static void putPacket(int type, const void *body, size_t n) {
  unsigned char head[5] = {type};
  size_t at = 1, left = n;
  do head[at++] = (left & 127) | (left > 127 ? 128 : 0);
  while (left >>= 7);
  put(head, at);
  put(body, n);
}

void mqttBegin(Conn *c) {
  unsigned char connect[32] = {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0};
  int n = snprintf((char *)connect + 12, 16, "c%d", (int)(c - conns));
  connect[11] = n;
  putPacket(0x10, connect, 12 + n);
}

void mqttPost(Conn *c, uint64_t ref, const char *clientId, const char *text) {
  (void)ref;
  char body[4096];
  size_t name = strlen(rooms[c->room].name);
  body[0] = 0, body[1] = name;
  memcpy(body + 2, rooms[c->room].name, name);
  putPacket(0x30, body, 2 + name + relayed(body + 2 + name, sizeof body - 2 - name, c, clientId, text));
}

static void onPacket(Conn *c, int type, const char *p, size_t n) {
  if (type == 3) {
    size_t skip = 2 + (unsigned char)p[1];
    onMessages(c, p + skip, n - skip);
  } else if (type == 9) {
    ready(c);
  } else if (type == 2) {
    char body[160] = {0, 1};
    size_t name = strlen(rooms[c->room].name);
    body[3] = name;
    memcpy(body + 4, rooms[c->room].name, name);
    body[4 + name] = 0;
    putPacket(0x82, body, 5 + name);
  } else {
    fail("an MQTT packet of type %d", type);
  }
}

size_t mqttParse(Conn *c, char *p, size_t n) {
  for (size_t used = 0;;) {
    size_t length = 0, at = used + 1;
    for (int shift = 0;; shift += 7, at++) {
      if (at >= n) return used;
      length |= (size_t)(p[at] & 127) << shift;
      if (!(p[at] & 128)) break;
    }
    at++;
    if (at + length > n) return used;
    onPacket(c, (unsigned char)p[used] >> 4, p + at, length);
    used = at + length;
  }
}

void natsBegin(Conn *c) { putText("CONNECT {\"verbose\":false}\r\nSUB %s 1\r\nPING\r\n", rooms[c->room].name); }

void natsPost(Conn *c, uint64_t ref, const char *clientId, const char *text) {
  (void)ref;
  char payload[4096];
  int n = relayed(payload, sizeof payload, c, clientId, text);
  putText("PUB %s %d\r\n", rooms[c->room].name, n);
  put(payload, n);
  put("\r\n", 2);
}

size_t natsParse(Conn *c, char *p, size_t n) {
  for (size_t used = 0;;) {
    char *line = memmem(p + used, n - used, "\r\n", 2), *at = p + used;
    if (!line) return used;
    size_t next = line + 2 - p;
    if (memcmp(at, "MSG ", 4) == 0) {
      char *space = memrchr(at, ' ', line - at);
      size_t length = strtoul(space + 1, NULL, 10);
      if (next + length + 2 > n) return used;
      onMessages(c, p + next, length);
      next += length + 2;
    } else if (memcmp(at, "PING", 4) == 0) {
      put("PONG\r\n", 6);
    } else if (memcmp(at, "PONG", 4) == 0) {
      if (c->state != READY) ready(c);
    } else if (memcmp(at, "INFO", 4) != 0) {
      fail("NATS says: %.*s", (int)(line - at), at);
    }
    used = next;
  }
}
