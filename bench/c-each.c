// The reference: what the kernel alone charges for one write per socket per message.
//
//   c-each FRAME_BYTES        one write per socket per message
//   c-each FRAME_BYTES loop   one write per socket and turn of the event loop: what came together leaves together
//
// An epoll loop that speaks just enough of the wire for the load generator: upgrade, hello, open-room, post-message,
// and the event stream of a room. A post is stamped with a seq and the time, encoded once, padded to FRAME_BYTES and
// written to every connection that has its room open; then the sender gets its reply. It checks nothing and stores
// nothing.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 1 << 16, MAX_ROOMS = 1024, MAX_FRAME = 8192, READ_BYTES = 1 << 18 };

// What waits for the end of the turn.
typedef struct {
  char *bytes;
  size_t length, capacity;
} Pile;

typedef struct {
  int upgraded, streams, room, place; // place: index in the room's members, -1 while no room is open
  size_t carried;
  char *carry;
  Pile pile;
} Conn;

typedef struct {
  char name[128];
  uint64_t seq;
  int members, capacity, *fds;
  Pile pile;
} Room;

static Conn conns[MAX_FDS];
static Room rooms[MAX_ROOMS];
static int roomCount;
static size_t frameBytes;
static int perLoop, touchedRooms[MAX_ROOMS], touchedConns[MAX_FDS], touchedRoomCount, touchedConnCount;
static char readBuffer[READ_BYTES + 1];

static void leave(int fd) {
  Conn *c = &conns[fd];
  if (c->upgraded && c->place >= 0) {
    Room *room = &rooms[c->room];
    int last = room->fds[--room->members];
    room->fds[c->place] = last;
    conns[last].place = c->place;
  }
  free(c->carry);
  free(c->pile.bytes);
  *c = (Conn){0};
  close(fd);
}

static size_t head(unsigned char *h, size_t n) {
  h[0] = 0x81;
  if (n < 126) return h[1] = n, 2;
  return h[1] = 126, h[2] = n >> 8, h[3] = n & 255, 4;
}

static void pileUp(Pile *pile, const void *bytes, size_t n) {
  if (pile->length + n > pile->capacity) pile->bytes = realloc(pile->bytes, pile->capacity = (pile->length + n) * 2);
  memcpy(pile->bytes + pile->length, bytes, n);
  pile->length += n;
}

static void endTurn(void) {
  for (int t = 0; t < touchedRoomCount; t++) {
    Room *room = &rooms[touchedRooms[t]];
    for (int i = 0; i < room->members; i++) {
      Pile *own = &conns[room->fds[i]].pile;
      struct iovec parts[2] = {{room->pile.bytes, room->pile.length}, {own->bytes, own->length}};
      writev(room->fds[i], parts, own->length ? 2 : 1);
      own->length = 0;
    }
    room->pile.length = 0;
  }
  for (int t = 0; t < touchedConnCount; t++) {
    Pile *own = &conns[touchedConns[t]].pile;
    if (own->length) send(touchedConns[t], own->bytes, own->length, MSG_NOSIGNAL);
    own->length = 0;
  }
  touchedRoomCount = touchedConnCount = 0;
}

static void writeFrame(int fd, const char *payload, size_t n) {
  unsigned char frame[MAX_FRAME + 4];
  size_t h = head(frame, n);
  memcpy(frame + h, payload, n);
  if (!perLoop) {
    send(fd, frame, h + n, MSG_NOSIGNAL);
    return;
  }
  if (conns[fd].pile.length == 0) touchedConns[touchedConnCount++] = fd;
  pileUp(&conns[fd].pile, frame, h + n);
}

// The value of a text field, without unescaping; the generator escapes nothing.
static const char *field(const char *json, const char *name, int *length) {
  const char *at = strstr(json, name);
  if (!at) return *length = 0, "";
  at += strlen(name);
  return *length = strcspn(at, "\""), at;
}

static int roomOf(const Conn *c, const char *name, int length) {
  if (length > 127) length = 127;
  if (c->place >= 0 && strncmp(rooms[c->room].name, name, length) == 0 && rooms[c->room].name[length] == 0) return c->room;
  for (int r = 0; r < roomCount; r++)
    if (strncmp(rooms[r].name, name, length) == 0 && rooms[r].name[length] == 0) return r;
  if (roomCount == MAX_ROOMS) exit(1);
  memcpy(rooms[roomCount].name, name, length);
  return roomCount++;
}

static void openRoom(int fd, int r) {
  Room *room = &rooms[r];
  if (room->members == room->capacity) {
    room->capacity = room->capacity ? room->capacity * 2 : 16;
    room->fds = realloc(room->fds, room->capacity * sizeof(int));
  }
  conns[fd].room = r;
  conns[fd].place = room->members;
  room->fds[room->members++] = fd;
}

static void broadcast(Room *room, const char *clientId, int idLength, const char *text, int textLength) {
  unsigned char frame[MAX_FRAME + 16];
  char payload[MAX_FRAME];
  int streams = room->members && conns[room->fds[0]].streams; // all of a room read in the same way
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  int n = snprintf(payload, MAX_FRAME,
                   "%s{\"type\":\"events\",\"room\":\"%s\",\"events\":[{\"seq\":%llu,\"type\":\"message.posted\",\"at\":%lld,"
                   "\"clientId\":\"%.*s\",\"text\":\"%.*s\",\"pad\":\"",
                   streams ? "data: " : "", room->name, (unsigned long long)room->seq, (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000, idLength, clientId,
                   textLength, text);
  while ((size_t)n + 4 < frameBytes && n < MAX_FRAME - 5) payload[n++] = '.';
  n += snprintf(payload + n, MAX_FRAME - n, "\"}]}%s", streams ? "\n\n" : "");
  size_t h = streams ? (size_t)sprintf((char *)frame, "%x\r\n", n) : head(frame, n);
  memcpy(frame + h, payload, n);
  h += n;
  if (streams) frame[h++] = '\r', frame[h++] = '\n';
  if (perLoop) {
    if (room->pile.length == 0) touchedRooms[touchedRoomCount++] = room - rooms;
    pileUp(&room->pile, frame, h);
  } else {
    for (int i = 0; i < room->members; i++) send(room->fds[i], frame, h, MSG_NOSIGNAL);
  }
}

static void onCommand(int fd, const char *json) {
  Conn *c = &conns[fd];
  char reply[256];
  int length, idLength, textLength;
  if (strstr(json, "\"type\":\"hello\"")) {
    static const char WELCOME[] = "{\"type\":\"welcome\"}";
    return writeFrame(fd, WELCOME, sizeof WELCOME - 1);
  }
  const char *ref = strstr(json, "\"ref\":"), *name = field(json, "\"room\":\"", &length);
  long long number = ref ? atoll(ref + 6) : 0;
  int r = roomOf(c, name, length);
  if (strstr(json, "\"type\":\"open-room\"")) {
    openRoom(fd, r);
  } else {
    const char *clientId = field(json, "\"clientId\":\"", &idLength), *text = field(json, "\"text\":\"", &textLength);
    rooms[r].seq++;
    broadcast(&rooms[r], clientId, idLength, text, textLength);
  }
  int n = snprintf(reply, sizeof reply, "{\"type\":\"reply\",\"ref\":%lld,\"ok\":true,\"seq\":%llu}", number,
                   (unsigned long long)rooms[r].seq);
  writeFrame(fd, reply, n);
}

static size_t parse(int fd, char *p, size_t n) {
  size_t used = 0;
  if (!conns[fd].upgraded) {
    // The answer to the one Sec-WebSocket-Key that the generator uses.
    static const char UPGRADE[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    char *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end) return 0;
    used = end + 4 - p;
    conns[fd].upgraded = 1;
    conns[fd].place = -1;
    if (memmem(p, used, "text/event-stream", 17)) {
      static const char STREAM[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
      const char *name = p + sizeof "GET /v1/rooms/" - 1;
      conns[fd].streams = 1;
      openRoom(fd, roomOf(&conns[fd], name, strcspn(name, "/")));
      send(fd, STREAM, sizeof STREAM - 1, MSG_NOSIGNAL);
      return used;
    }
    send(fd, UPGRADE, sizeof UPGRADE - 1, MSG_NOSIGNAL);
  }
  for (;;) {
    unsigned char *h = (unsigned char *)p + used;
    size_t left = n - used, skip = 6;
    if (left < 6) return used;
    size_t length = h[1] & 127;
    if (length == 126) length = h[2] << 8 | h[3], skip = 8;
    if (left < skip + length) return used;
    unsigned char *key = h + skip - 4, *body = h + skip;
    for (size_t i = 0; i < length; i++) body[i] ^= key[i & 3];
    unsigned char after = body[length];
    body[length] = 0;
    if ((h[0] & 15) == 1) onCommand(fd, (char *)body);
    body[length] = after;
    used += skip + length;
  }
}

static void onReadable(int fd) {
  Conn *c = &conns[fd];
  memcpy(readBuffer, c->carry, c->carried);
  ssize_t n = read(fd, readBuffer + c->carried, READ_BYTES - c->carried);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return leave(fd);
  size_t total = c->carried + n, used = parse(fd, readBuffer, total);
  if (total > used) {
    c->carry = realloc(c->carry, total - used);
    memcpy(c->carry, readBuffer + used, total - used);
  }
  c->carried = total - used;
}

int main(int argc, char **argv) {
  frameBytes = argc > 1 ? atoi(argv[1]) : 0;
  perLoop = argc > 2 && strcmp(argv[2], "loop") == 0;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1024) < 0) return perror("c-each"), 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
  printf("c-each listens on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (struct epoll_event events[64];;) {
    int n = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) {
        onReadable(fd);
        continue;
      }
      fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) continue;
      if (fd >= MAX_FDS) {
        close(fd);
        continue;
      }
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
    }
    endTurn();
  }
}
