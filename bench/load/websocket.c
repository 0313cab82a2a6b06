// WebSocket: our own frames, the same as Socket.IO packs them, and nchan, which only passes on.
#include "load.h"

static const char IO_HEAD[] = "42[\"frame\",";

static void upgrade(Conn *c, const char *path) {
  putText("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          path, c->port);
}

void wsBegin(Conn *c) {
  upgrade(c, "/v1/socket");
}

void ioBegin(Conn *c) {
  upgrade(c, "/socket.io/?EIO=4&transport=websocket");
}

void nchanBegin(Conn *c) {
  char path[160];
  snprintf(path, sizeof path, "/rooms/%s", rooms[c->room].name);
  upgrade(c, path);
}

static void putFrame(int opcode, const char *payload, size_t length) {
  static const unsigned char key[4] = {0x5a, 0x17, 0xc3, 0x88};
  unsigned char frame[8 + 4096], *o = frame;
  if (length > 4096) fail("frame too long");
  *o++ = 0x80 | opcode;
  if (length < 126) {
    *o++ = 0x80 | length;
  } else {
    *o++ = 0x80 | 126;
    *o++ = length >> 8;
    *o++ = length & 255;
  }
  memcpy(o, key, 4);
  o += 4;
  for (size_t i = 0; i < length; i++) o[i] = payload[i] ^ key[i & 3];
  put(frame, o + length - frame);
}

static bool isIo(const Conn *c) { return c->wire->begin == ioBegin; }

static void command(Conn *c, const char *json) {
  char packed[1024];
  int n = isIo(c) ? snprintf(packed, sizeof packed, "%s%s]", IO_HEAD, json) : snprintf(packed, sizeof packed, "%s", json);
  putFrame(1, packed, n);
}

void wsPost(Conn *c, uint64_t ref, const char *clientId, const char *text) {
  char json[768];
  snprintf(json, sizeof json, "{\"type\":\"post-message\",\"ref\":%llu,\"room\":\"%s\",\"clientId\":\"%s\",\"text\":\"%s\"}",
           (unsigned long long)ref, rooms[c->room].name, clientId, text);
  command(c, json);
}

void nchanPost(Conn *c, uint64_t ref, const char *clientId, const char *text) {
  (void)ref;
  char payload[4096];
  putFrame(1, payload, relayed(payload, sizeof payload, c, clientId, text));
}

static void openRooms(Conn *c) {
  char list[4096], json[512];
  if (!opensRooms || !c->wire->reads) return ready(c);
  c->state = OPENING;
  c->askedAt = now();
  snprintf(list, sizeof list, "%s", c->rooms);
  for (char *rest = list, *room; (room = strsep(&rest, ","));) {
    if (c->after[0]) snprintf(json, sizeof json, "{\"type\":\"open-room\",\"ref\":0,\"room\":\"%s\",\"after\":\"%s\"}", room, c->after);
    else snprintf(json, sizeof json, "{\"type\":\"open-room\",\"ref\":0,\"room\":\"%s\"}", room);
    c->opening++;
    command(c, json);
  }
}

static void onText(Conn *c, const char *p, size_t n) {
  static const char TYPE[] = "{\"type\":\"";
  if (isIo(c)) {
    if (n >= 2 && p[0] == '4' && p[1] == '0') return openRooms(c);
    if (n && p[0] == '0') return putFrame(1, "40", 2);
    if (n && p[0] == '2') return putFrame(1, "3", 1);
    if (n < sizeof IO_HEAD || memcmp(p, IO_HEAD, sizeof IO_HEAD - 1) != 0) fail("not a frame of ours: %.*s", (int)n, p);
    p += sizeof IO_HEAD - 1, n -= sizeof IO_HEAD;
  }
  if (n < sizeof TYPE || memcmp(p, TYPE, sizeof TYPE - 1) != 0) fail("not a frame of ours: %.*s", (int)n, p);
  const char *type = p + sizeof TYPE - 1;
  if (strncmp(type, "events\"", 7) == 0) onMessages(c, p, n);
  else if (strncmp(type, "reply\"", 6) == 0) onReply(c, p, n);
  else if (strncmp(type, "welcome\"", 8) == 0) openRooms(c);
  else if (strncmp(type, "inbox\"", 6) != 0 && strncmp(type, "signal\"", 7) != 0) fail("unexpected: %.*s", (int)n, p);
}

static void onFrame(Conn *c, int opcode, char *p, size_t n) {
  if (opcode == 1) onText(c, p, n);
  else if (opcode == 9) putFrame(10, p, n);
  else if (opcode == 8) gone(c, n >= 2 ? (unsigned char)p[0] << 8 | (unsigned char)p[1] : 0);
}

static void greet(Conn *c) {
  char hello[192];
  if (c->wire->begin == nchanBegin) return ready(c);
  c->state = GREETING;
  snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"token\":\"%s\"}", c->token);
  if (!isIo(c)) putFrame(1, hello, strlen(hello));
}

size_t wsParse(Conn *c, char *p, size_t n) {
  size_t used = 0;
  if (c->state == UPGRADING) {
    char *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end) return 0;
    if (n < 12 || memcmp(p + 9, "101", 3) != 0) fail("no upgrade: %.*s", (int)(end - p), p);
    used = end + 4 - p;
    greet(c);
  }
  while (c->state != GONE) {
    unsigned char *h = (unsigned char *)p + used;
    size_t left = n - used, head = 2;
    if (left < 2) return used;
    uint64_t length = h[1] & 127;
    if (length == 126) {
      if (left < 4) return used;
      length = h[2] << 8 | h[3], head = 4;
    } else if (length == 127) {
      if (left < 10) return used;
      for (int i = length = 0; i < 8; i++) length = length << 8 | h[2 + i];
      head = 10;
    }
    if (!(h[0] & 0x80) || (h[0] & 0x70) || (h[1] & 0x80)) fail("a fragmented, compressed or masked frame");
    if (length > READ_BYTES / 2) fail("a frame of %llu bytes", (unsigned long long)length);
    if (left < head + length) return used;
    onFrame(c, h[0] & 15, (char *)h + head, length);
    used += head + length;
  }
  return n;
}
