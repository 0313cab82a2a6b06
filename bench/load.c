// The load generator: WebSocket connections over epoll that post, receive, count and check.
//
//   load PORTS PIDS PLAN paced  RATE        WARM_UP SECONDS   every connection opens its room; RATE posts/s in all
//   load PORTS PIDS PLAN closed OUTSTANDING WARM_UP SECONDS   no room opened; each connection keeps OUTSTANDING posts in flight
//
// PORTS and PIDS are lists with commas: the people of each room come to the ports in turn. What the first process
// spends is `serverCpuUs`, what each does `cpuUs`. PLAN has a line "token room" for each connection. Prints one line of JSON; exits 1 with one line on stderr
// when the run is not valid: a message lost, seen twice or out of order, a post refused, a connection closed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20, OUT_BYTES = 1 << 20, TEXT_BYTES = 128, RAMP = 32, MAX_ROOMS = 1024, MAX_SEQ = 1 << 27, MAX_SERVERS = 8 };
static const int64_t SECOND = 1000000000;
static const char MARK[] = "snug-bench ";

typedef enum { UPGRADING, GREETING, OPENING, READY } State;

typedef struct {
  int fd, room, port;
  State state;
  char token[128];
  char *carry; // the beginning of a frame whose end has not arrived
  size_t carried;
  uint64_t lastSeq, messages, indexSum;
  int64_t *sentAt; // closed loop: by slot
} Conn;

// Everyone in a room gets the same bytes, so a frame is scanned once and then only compared.
typedef struct {
  char *bytes;
  size_t length;
  uint64_t firstSeq, indexSum;
  uint32_t events, messages, capacity;
  int64_t *stamps;
  bool ordered;
} Scan;

typedef struct {
  char name[128];
  uint64_t sent, indexSum;
  int members, *member;
  Scan scan;
} Room;

typedef struct {
  int64_t at, idle, cpu[MAX_SERVERS], ownCpu, core[2];
  uint64_t delivered, acks, frames, userTicks, systemTicks;
} Mark;

static Conn *conns;
static Room rooms[MAX_ROOMS];
static int connCount, roomCount, readyCount, startedCount, outstanding, epoll, portCount, pidCount, ports[MAX_SERVERS], pids[MAX_SERVERS];
static bool paced, stopping;
static uint64_t posted, delivered, acks, frames, disorders, repeatedAcks;
static size_t loneFrameBytes;
static uint64_t runId;
static int64_t lastFrameAt, windowStart = INT64_MAX, windowEnd = INT64_MAX, latest, idle;
static int64_t *samples;
static size_t sampleCount, sampleCapacity;
static unsigned char *ackedSeqs;
static char readBuffer[READ_BYTES], outBuffer[OUT_BYTES];
static size_t outLength;

static _Noreturn void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static bool inWindow(int64_t stamp) { return stamp >= windowStart && stamp < windowEnd; }

static void addSample(int64_t latency) {
  if (sampleCount == sampleCapacity) {
    sampleCapacity = sampleCapacity ? sampleCapacity * 2 : 1 << 20;
    samples = realloc(samples, sampleCapacity * sizeof *samples);
  }
  samples[sampleCount++] = latency;
}

// ---- writing

static void flush(Conn *c) {
  if (outLength == 0) return;
  ssize_t n = write(c->fd, outBuffer, outLength);
  if (n != (ssize_t)outLength) fail("the server does not read: %zd of %zu bytes written", n, outLength);
  outLength = 0;
}

static void queueFrame(const char *payload, size_t length) {
  static const unsigned char key[4] = {0x5a, 0x17, 0xc3, 0x88};
  if (length > 65535 || outLength + length + 8 > OUT_BYTES) fail("frame too long");
  unsigned char *o = (unsigned char *)outBuffer + outLength;
  *o++ = 0x81;
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
  outLength = (char *)o + length - outBuffer;
}

static void queueText(const char *format, ...) {
  char payload[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(payload, sizeof payload, format, args);
  va_end(args);
  queueFrame(payload, n);
}

static void queuePost(Conn *c, uint64_t ref) {
  char text[TEXT_BYTES + 1];
  uint64_t index = ++posted;
  int64_t stamp = now();
  int n = snprintf(text, sizeof text, "%s%016llx %08llx ", MARK, (unsigned long long)stamp, (unsigned long long)index);
  memset(text + n, 'x', TEXT_BYTES - n);
  text[TEXT_BYTES] = 0;
  rooms[c->room].sent++;
  rooms[c->room].indexSum += index;
  queueText("{\"type\":\"post-message\",\"ref\":%llu,\"room\":\"%s\",\"clientId\":\"b%llx-%08llx\",\"text\":\"%s\"}",
            (unsigned long long)ref, rooms[c->room].name, (unsigned long long)runId, (unsigned long long)index, text);
  if (c->sentAt) c->sentAt[ref % outstanding] = stamp;
}

// ---- reading

static uint64_t numberAfter(const char *p, size_t n, const char *name) {
  const char *at = memmem(p, n, name, strlen(name));
  return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void scanEvents(Scan *s, const char *p, size_t n) {
  s->bytes = realloc(s->bytes, n);
  memcpy(s->bytes, p, n);
  s->length = n;
  s->events = s->messages = 0;
  s->indexSum = 0;
  s->ordered = true;
  const char *end = p + n;
  for (const char *q = p; (q = memmem(q, end - q, "\"seq\":", 6)); s->events++) {
    uint64_t seq = strtoull(q += 6, NULL, 10);
    if (s->events == 0) s->firstSeq = seq;
    if (seq != s->firstSeq + s->events) s->ordered = false;
  }
  for (const char *q = p; (q = memmem(q, end - q, MARK, sizeof MARK - 1)); s->messages++) {
    q += sizeof MARK - 1;
    if (s->messages == s->capacity) {
      s->capacity = s->capacity ? s->capacity * 2 : 64;
      s->stamps = realloc(s->stamps, s->capacity * sizeof *s->stamps);
    }
    s->stamps[s->messages] = strtoll(q, NULL, 16);
    s->indexSum += strtoull(q + 17, NULL, 16);
  }
  if (s->events == 1 && s->messages == 1) loneFrameBytes = n;
}

static void onEvents(Conn *c, const char *p, size_t n) {
  Scan *s = &rooms[c->room].scan;
  if (s->length != n || memcmp(s->bytes, p, n) != 0) scanEvents(s, p, n);
  if (!s->ordered || (c->lastSeq && s->events && s->firstSeq != c->lastSeq + 1)) disorders++;
  if (s->events) c->lastSeq = s->firstSeq + s->events - 1;
  c->messages += s->messages;
  c->indexSum += s->indexSum;
  delivered += s->messages;
  frames++;
  int64_t at = lastFrameAt;
  for (uint32_t i = 0; i < s->messages; i++)
    if (inWindow(s->stamps[i])) addSample(at - s->stamps[i]);
}

static void onReply(Conn *c, const char *p, size_t n) {
  if (!memmem(p, n, "\"ok\":true", 9)) fail("refused: %.*s", (int)n, p);
  if (c->state == OPENING) {
    c->state = READY;
    readyCount++;
    return;
  }
  acks++;
  if (paced) return;
  uint64_t ref = numberAfter(p, n, "\"ref\":"), seq = numberAfter(p, n, "\"seq\":");
  if (seq == 0 || seq >= MAX_SEQ) fail("a reply without a usable seq: %.*s", (int)n, p);
  if (ackedSeqs[seq >> 3] & (1 << (seq & 7))) repeatedAcks++;
  ackedSeqs[seq >> 3] |= 1 << (seq & 7);
  int64_t sentAt = c->sentAt[ref % outstanding];
  if (inWindow(sentAt)) addSample(lastFrameAt - sentAt);
  if (!stopping) queuePost(c, ref + outstanding);
}

static void onFrame(Conn *c, int opcode, char *p, size_t n) {
  static const char TYPE[] = "{\"type\":\"";
  if (opcode == 9) {
    queueFrame(p, n);
    outBuffer[outLength - n - 6] = (char)0x8a;
    return;
  }
  if (opcode == 8) fail("closed by the server with %d", n >= 2 ? (unsigned char)p[0] << 8 | (unsigned char)p[1] : 0);
  if (n < sizeof TYPE || memcmp(p, TYPE, sizeof TYPE - 1) != 0) fail("not a frame of ours: %.*s", (int)n, p);
  char *type = p + sizeof TYPE - 1;
  if (strncmp(type, "events\"", 7) == 0) {
    onEvents(c, p, n);
  } else if (strncmp(type, "reply\"", 6) == 0) {
    onReply(c, p, n);
  } else if (strncmp(type, "welcome\"", 8) == 0) {
    c->state = paced ? OPENING : READY;
    if (paced) queueText("{\"type\":\"open-room\",\"ref\":0,\"room\":\"%s\"}", rooms[c->room].name);
    else readyCount++;
  } else if (strncmp(type, "inbox\"", 6) != 0 && strncmp(type, "signal\"", 7) != 0) {
    fail("unexpected: %.*s", (int)n, p);
  }
}

static size_t parse(Conn *c, char *p, size_t n) {
  size_t used = 0;
  if (c->state == UPGRADING) {
    char *end = memmem(p, n, "\r\n\r\n", 4);
    if (!end) return 0;
    if (n < 12 || memcmp(p + 9, "101", 3) != 0) fail("no upgrade: %.*s", (int)(end - p), p);
    used = end + 4 - p;
    c->state = GREETING;
    queueText("{\"type\":\"hello\",\"token\":\"%s\"}", c->token);
  }
  for (;;) {
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
}

static void onReadable(Conn *c) {
  memcpy(readBuffer, c->carry, c->carried);
  ssize_t n = read(c->fd, readBuffer + c->carried, READ_BYTES - c->carried);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail("connection lost: %s", n ? strerror(errno) : "closed by the server");
  lastFrameAt = now();
  size_t total = c->carried + n, used = parse(c, readBuffer, total);
  if (total > used) {
    c->carry = realloc(c->carry, total - used);
    memcpy(c->carry, readBuffer + used, total - used);
  }
  c->carried = total - used;
  flush(c);
}

// Serves the sockets until `until`; at least one round, so that a late sender still reads. It never sleeps: waking
// a sleeping reader on another core can cost the writer more than the write, and how often it must depends on which
// of the two is faster. No server pays for that here.
static void serve(int64_t until) {
  struct epoll_event events[64];
  int64_t at = now();
  do {
    int n = epoll_wait(epoll, events, 64, 0);
    for (int i = 0; i < n; i++) onReadable(events[i].data.ptr);
    int64_t before = at;
    at = now();
    if (n == 0) idle += at - before;
  } while (at < until);
}

// ---- connecting

static void startConnection(Conn *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(c->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0) fail("socket: %s", strerror(errno));
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect: %s", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
  outLength = snprintf(outBuffer, OUT_BYTES,
                       "GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       c->port);
  flush(c);
}

static void connectAll(void) {
  int64_t giveUp = now() + 30 * SECOND;
  while (readyCount < connCount) {
    while (startedCount < connCount && startedCount - readyCount < RAMP) startConnection(&conns[startedCount++]);
    serve(now() + SECOND / 1000);
    if (now() > giveUp) fail("only %d of %d connections ready after 30 s", readyCount, connCount);
  }
  giveUp = now() + 10 * SECOND;
  do serve(now() + SECOND / 20);
  while (now() - lastFrameAt < 3 * SECOND / 10 && now() < giveUp);
}

static void readPlan(const char *path) {
  FILE *file = fopen(path, "r");
  char token[128], room[128];
  if (!file) fail("cannot read %s", path);
  while (fscanf(file, "%127s %127s", token, room) == 2) {
    int r = 0;
    while (r < roomCount && strcmp(rooms[r].name, room) != 0) r++;
    if (r == MAX_ROOMS) fail("more than %d rooms", MAX_ROOMS);
    if (r == roomCount) strcpy(rooms[roomCount++].name, room);
    conns = realloc(conns, (connCount + 1) * sizeof *conns);
    conns[connCount] = (Conn){.room = r, .port = ports[rooms[r].members % portCount]};
    strcpy(conns[connCount].token, token);
    rooms[r].member = realloc(rooms[r].member, (rooms[r].members + 1) * sizeof(int));
    rooms[r].member[rooms[r].members++] = connCount++;
  }
  fclose(file);
  if (connCount == 0) fail("%s is empty", path);
}

// ---- what the server, this process and both cores spent

static int64_t cpuOf(pid_t pid, int depth) {
  clockid_t clock;
  struct timespec t = {0};
  char path[64];
  if (clock_getcpuclockid(pid, &clock) == 0) clock_gettime(clock, &t);
  int64_t sum = t.tv_sec * SECOND + t.tv_nsec;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = depth < 4 ? opendir(path) : NULL;
  for (struct dirent *task; tasks && (task = readdir(tasks));) {
    char file[512];
    snprintf(file, sizeof file, "%s/%s/children", path, task->d_name);
    FILE *children = fopen(file, "r");
    for (int child; children && fscanf(children, "%d", &child) == 1;) sum += cpuOf(child, depth + 1);
    if (children) fclose(children);
  }
  if (tasks) closedir(tasks);
  return sum;
}

static void readTicks(Mark *m) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", pids[0]);
  FILE *file = fopen(path, "r");
  if (file && fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &m->userTicks, &m->systemTicks) != 2)
    m->userTicks = m->systemTicks = 0;
  if (file) fclose(file);
  file = fopen("/proc/stat", "r");
  char line[512];
  while (file && fgets(line, sizeof line, file)) {
    int core;
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    if (sscanf(line, "cpu%d %llu %llu %llu %llu %llu %llu %llu %llu", &core, &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) == 9 && core < 2)
      m->core[core] = (user + nice + system + irq + soft + steal) * (SECOND / sysconf(_SC_CLK_TCK));
  }
  if (file) fclose(file);
}

static Mark mark(void) {
  Mark m = {.at = now(), .idle = idle, .delivered = delivered, .acks = acks, .frames = frames};
  struct timespec own;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  m.ownCpu = own.tv_sec * SECOND + own.tv_nsec;
  for (int i = 0; i < pidCount; i++) m.cpu[i] = cpuOf(pids[i], 0);
  readTicks(&m);
  return m;
}

// ---- the two workloads

static void settle(void) {
  int64_t giveUp = now() + 10 * SECOND;
  for (;;) {
    uint64_t due = 0;
    for (int r = 0; r < roomCount; r++) due += paced ? rooms[r].sent * rooms[r].members : 0;
    if ((acks >= posted && delivered >= due) || now() > giveUp) return;
    serve(now() + SECOND / 100);
  }
}

static void runPaced(double rate, double warmUp, double seconds, Mark *from, Mark *to) {
  uint64_t first = warmUp * rate, last = (warmUp + seconds) * rate;
  int64_t start = now() + SECOND / 100;
  for (uint64_t k = 0; k <= last; k++) {
    int64_t due = start + (int64_t)(k * (double)SECOND / rate);
    serve(due);
    if (k == first) *from = mark(), windowStart = from->at;
    if (k == last) {
      *to = mark(), windowEnd = to->at;
      return;
    }
    Room *room = &rooms[k % roomCount];
    if (now() - due > latest) latest = now() - due;
    // A stride that is prime to any member count in use, so that neighbours in time are not neighbours in the room.
    Conn *c = &conns[room->member[k / roomCount * 7919 % room->members]];
    queuePost(c, k + 1);
    flush(c);
  }
}

static void runClosed(double warmUp, double seconds, Mark *from, Mark *to) {
  ackedSeqs = calloc(MAX_SEQ / 8, 1);
  for (int i = 0; i < connCount; i++) {
    conns[i].sentAt = calloc(outstanding, sizeof(int64_t));
    for (int slot = 0; slot < outstanding; slot++) queuePost(&conns[i], slot + outstanding);
    flush(&conns[i]);
  }
  serve(now() + (int64_t)(warmUp * SECOND));
  *from = mark(), windowStart = from->at;
  serve(now() + (int64_t)(seconds * SECOND));
  *to = mark(), windowEnd = to->at;
  stopping = true;
}

static int byValue(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static double percentile(double q) { return sampleCount ? samples[(size_t)(q * (sampleCount - 1))] / 1e6 : 0; }

static void check(void) {
  if (disorders) fail("invalid: %llu frames broke the order of seq", (unsigned long long)disorders);
  if (repeatedAcks) fail("invalid: %llu replies named a seq that was given before", (unsigned long long)repeatedAcks);
  if (acks != posted) fail("invalid: %llu of %llu posts were answered", (unsigned long long)acks, (unsigned long long)posted);
  for (int i = 0; paced && i < connCount; i++) {
    Room *room = &rooms[conns[i].room];
    if (conns[i].messages != room->sent || conns[i].indexSum != room->indexSum)
      fail("invalid: connection %d saw %llu of the %llu messages of its room", i, (unsigned long long)conns[i].messages,
           (unsigned long long)room->sent);
  }
}

static void print(const Mark *a, const Mark *b) {
  double span = b->at - a->at;
  int64_t servers = 0, own = b->ownCpu - a->ownCpu;
  char each[MAX_SERVERS * 32] = "";
  for (int i = 0; i < pidCount; i++) {
    int64_t spent = b->cpu[i] - a->cpu[i];
    servers += spent;
    sprintf(each + strlen(each), "%s%.1f", i ? "," : "", spent / 1e3);
  }
  double user = b->userTicks - a->userTicks, system = b->systemTicks - a->systemTicks;
  qsort(samples, sampleCount, sizeof *samples, byValue);
  printf("{\"seconds\":%.3f,\"delivered\":%llu,\"acks\":%llu,\"frames\":%llu,\"serverCpuUs\":%.1f,\"cpuUs\":[%s],\"serverUserShare\":%.3f,"
         "\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f,\"loneFrameBytes\":%zu,\"lateMs\":%.3f,\"generatorBusy\":%.3f,\"foreign\":[%.3f,%.3f]}\n",
         span / SECOND, (unsigned long long)(b->delivered - a->delivered), (unsigned long long)(b->acks - a->acks),
         (unsigned long long)(b->frames - a->frames), (b->cpu[0] - a->cpu[0]) / 1e3, each, user + system > 0 ? user / (user + system) : 0, percentile(0.5),
         percentile(0.99), percentile(1), loneFrameBytes, latest / 1e6, 1 - (b->idle - a->idle) / span, (b->core[0] - a->core[0] - servers) / span,
         (b->core[1] - a->core[1] - own) / span);
}

static int readList(char *text, int *into) {
  int count = 0;
  for (char *one = strtok(text, ","); one && count < MAX_SERVERS; one = strtok(NULL, ",")) into[count++] = atoi(one);
  if (count == 0) fail("a list of ports or processes is empty");
  return count;
}

int main(int argc, char **argv) {
  if (argc != 8) fail("usage: load PORTS PIDS PLAN paced|closed RATE|OUTSTANDING WARM_UP SECONDS");
  portCount = readList(argv[1], ports);
  pidCount = readList(argv[2], pids);
  paced = strcmp(argv[4], "paced") == 0;
  double amount = atof(argv[5]), warmUp = atof(argv[6]), seconds = atof(argv[7]);
  outstanding = paced ? 1 : amount;
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  runId = wall.tv_sec * (uint64_t)SECOND + wall.tv_nsec;

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(EPOLL_CLOEXEC);

  readPlan(argv[3]);
  connectAll();
  Mark from = {0}, to = {0};
  if (paced) runPaced(amount, warmUp, seconds, &from, &to);
  else runClosed(warmUp, seconds, &from, &to);
  settle();
  check();
  print(&from, &to);
  return 0;
}
