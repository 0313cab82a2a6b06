// The load generator: connections over epoll that post, receive, count and check.
//
//   load PORTS PIDS PLAN PAD_BYTES paced    RATE        WARM_UP SECONDS   RATE posts/s in all
//   load PORTS PIDS PLAN PAD_BYTES overload RATE        WARM_UP SECONDS   the same, too many; then how long until all is well
//   load PORTS PIDS PLAN PAD_BYTES closed   OUTSTANDING WARM_UP SECONDS   no room opened; each connection keeps OUTSTANDING posts in flight
//   load PORTS PIDS PLAN PAD_BYTES idle     0           0       SECONDS   all connect and stay; nobody says anything
//   load PORTS PIDS PLAN PAD_BYTES grown    RATE        WARM_UP SECONDS   idle for a second, then paced
//   load PORTS PIDS PLAN PAD_BYTES resume   EVENTS      0       0         all come back at once, so many events behind
//
// PORTS and PIDS are lists with commas: the people of each room come to the ports in turn. What the first process
// spends is `serverCpuUs`, what each does `cpuUs`; where a workload has one figure for the server, it is the first's.
// PLAN has a line "wire token room,room… cursor" for each connection ("-" for none). Prints one line of JSON; exits 1
// with one line on stderr when the run is not valid: a message lost, seen twice or out of order, a post refused, a
// connection closed (an overload may close slow ones, which then ask again).
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RAMP = 32, SLOW = 4008, QUIET_RATE = 20 };

const Wire wires[] = {
    {"ws", true, true, true, wsBegin, wsParse, wsPost},
    {"post", false, true, true, wsBegin, wsParse, wsPost},
    {"sse", true, false, true, sseBegin, sseParse, NULL},
    {"io", true, true, true, ioBegin, wsParse, wsPost},
    {"nchan", true, false, false, nchanBegin, wsParse, nchanPost},
    {"mqtt", true, false, false, mqttBegin, mqttParse, mqttPost},
    {"nats", true, false, false, natsBegin, natsParse, natsPost},
};

typedef struct {
  int64_t at, idle, cpu[MAX_SERVERS], ownCpu, core[2];
  uint64_t delivered, acks, frames, userTicks, systemTicks;
} Mark;

Conn *conns;
Room rooms[MAX_ROOMS];
int connCount, roomCount, readyCount, outstanding;
bool opensRooms;
size_t padBytes, loneFrameBytes;
uint64_t posted, delivered, acks, frames, disorders, repeatedAcks;
int64_t lastFrameAt, windowStart = INT64_MAX, windowEnd = INT64_MAX;

static int startedCount, epoll, wantedEvents, backCount, goneCount;
static int portCount, pidCount, ports[MAX_SERVERS], pids[MAX_SERVERS];
static bool mayClose, stopping;
static uint64_t runId;
static int64_t latest, idle;
static char readBuffer[READ_BYTES], outBuffer[OUT_BYTES];
static size_t outLength;

_Noreturn void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  exit(1);
}

int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

void ready(Conn *c) {
  c->state = READY;
  readyCount++;
}

void gone(Conn *c, int code) {
  if (!mayClose || code != SLOW) fail("closed by the server with %d", code);
  c->state = GONE;
  goneCount++;
  close(c->fd);
}

// ---- writing

void put(const void *bytes, size_t length) {
  if (outLength + length > OUT_BYTES) fail("too much to write at once");
  memcpy(outBuffer + outLength, bytes, length);
  outLength += length;
}

void putText(const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  put(text, n);
}

static void flush(Conn *c) {
  if (outLength == 0) return;
  ssize_t n = c->state == GONE ? (ssize_t)outLength : write(c->fd, outBuffer, outLength);
  if (n != (ssize_t)outLength) fail("the server does not read: %zd of %zu bytes written", n, outLength);
  outLength = 0;
}

static void queuePost(Conn *c, uint64_t ref) {
  char text[TEXT_BYTES + 1], clientId[64];
  uint64_t index = ++posted;
  int64_t stamp = now();
  int n = snprintf(text, sizeof text, "%s%016llx %08llx ", MARK, (unsigned long long)stamp, (unsigned long long)index);
  memset(text + n, 'x', TEXT_BYTES - n);
  text[TEXT_BYTES] = 0;
  snprintf(clientId, sizeof clientId, "b%llx-%08llx", (unsigned long long)runId, (unsigned long long)index);
  rooms[c->room].sent++;
  rooms[c->room].indexSum += index;
  c->wire->post(c, ref, clientId, text);
  if (c->sentAt) c->sentAt[ref % outstanding] = stamp;
}

void postNext(Conn *c, uint64_t ref) {
  if (!stopping) queuePost(c, ref);
}

// ---- reading

static void begin(Conn *c) {
  int fault = 0;
  socklen_t size = sizeof fault;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
  if (fault) fail("connect: %s", strerror(fault));
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
  c->state = UPGRADING;
  c->wire->begin(c);
  flush(c);
}

static void onReadable(Conn *c) {
  memcpy(readBuffer, c->carry, c->carried);
  ssize_t n = read(c->fd, readBuffer + c->carried, READ_BYTES - c->carried);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail("connection lost: %s", n ? strerror(errno) : "closed by the server");
  lastFrameAt = now();
  size_t total = c->carried + n, used = c->wire->parse(c, readBuffer, total);
  if (total > used) {
    c->carry = realloc(c->carry, total - used);
    memcpy(c->carry, readBuffer + used, total - used);
  }
  c->carried = total - used;
  if (wantedEvents && !c->backAt && c->state == READY && c->lastSeq >= strtoull(strchr(c->after, '.') + 1, NULL, 10) + wantedEvents) {
    c->backAt = lastFrameAt;
    addSample(c->backAt - c->askedAt);
    backCount++;
  }
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
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (c->state == CONNECTING) begin(c);
      else onReadable(c);
    }
    int64_t before = at;
    at = now();
    if (n == 0) idle += at - before;
  } while (at < until);
}

// ---- connecting

static void startConnection(Conn *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(c->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket: %s", strerror(errno));
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN | EPOLLOUT, .data.ptr = c});
}

static void connectAll(void) {
  int64_t giveUp = now() + 120 * SECOND;
  while (readyCount < connCount) {
    while (startedCount < connCount && startedCount - readyCount < RAMP) startConnection(&conns[startedCount++]);
    serve(now() + SECOND / 1000);
    if (now() > giveUp) fail("only %d of %d connections ready after 120 s", readyCount, connCount);
  }
}

static void settleDown(void) {
  int64_t giveUp = now() + 10 * SECOND;
  do serve(now() + SECOND / 20);
  while (now() - lastFrameAt < 3 * SECOND / 10 && now() < giveUp);
}

static int roomNumber(const char *name) {
  int r = 0;
  while (r < roomCount && strcmp(rooms[r].name, name) != 0) r++;
  if (r == MAX_ROOMS) fail("more than %d rooms", MAX_ROOMS);
  if (r == roomCount) strcpy(rooms[roomCount++].name, name);
  return r;
}

static const Wire *wireNamed(const char *name) {
  for (size_t i = 0; i < sizeof wires / sizeof *wires; i++)
    if (strcmp(wires[i].name, name) == 0) return &wires[i];
  fail("no wire is called %s", name);
}

static void readPlan(const char *path) {
  FILE *file = fopen(path, "r");
  char wire[16], token[128], list[4096], after[192];
  if (!file) fail("cannot read %s", path);
  while (fscanf(file, "%15s %127s %4095s %191s", wire, token, list, after) == 4) {
    conns = realloc(conns, (connCount + 1) * sizeof *conns);
    Conn *c = &conns[connCount];
    *c = (Conn){.wire = wireNamed(wire), .rooms = strdup(list)};
    strcpy(c->token, token);
    if (strcmp(after, "-") != 0) strcpy(c->after, after), c->lastSeq = strtoull(strchr(after, '.') + 1, NULL, 10);
    char first[128];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(list, ","), list);
    Room *room = &rooms[c->room = roomNumber(first)];
    c->port = ports[room->people++ % portCount];
    if (c->wire->reads) room->readers++;
    if (c->wire->post) {
      room->poster = realloc(room->poster, (room->posters + 1) * sizeof(int));
      room->poster[room->posters++] = connCount;
    }
    connCount++;
  }
  fclose(file);
  if (connCount == 0) fail("%s is empty", path);
}

// ---- the workloads

static Mark mark(void) {
  Mark m = {.at = now(), .idle = idle, .delivered = delivered, .acks = acks, .frames = frames};
  struct timespec own;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  m.ownCpu = own.tv_sec * SECOND + own.tv_nsec;
  for (int i = 0; i < pidCount; i++) m.cpu[i] = cpuOf(pids[i]);
  ticksOf(pids[0], &m.userTicks, &m.systemTicks);
  coreTimes(m.core);
  return m;
}

static bool answers(void) {
  for (int i = 0; i < connCount; i++)
    if (conns[i].wire->post) return conns[i].wire->answers;
  return false;
}

static bool allThere(void) {
  if (answers() && acks < posted) return false;
  for (int i = 0; opensRooms && i < connCount; i++)
    if (conns[i].wire->reads && conns[i].state != GONE && conns[i].messages < rooms[conns[i].room].sent) return false;
  return true;
}

static void settle(int64_t seconds) {
  int64_t giveUp = now() + seconds * SECOND;
  while (!allThere() && now() < giveUp) serve(now() + SECOND / 1000);
}

static void postOne(uint64_t k) {
  Room *room = &rooms[k % roomCount];
  // A stride that is prime to any number of posters in use, so that neighbours in time are not neighbours in the room.
  Conn *c = &conns[room->poster[k / roomCount * 7919 % room->posters]];
  if (c->state == GONE) return;
  queuePost(c, k + 1);
  flush(c);
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
    if (now() - due > latest) latest = now() - due;
    postOne(k);
  }
}

static void runClosed(double warmUp, double seconds, Mark *from, Mark *to) {
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
  printf("\"seconds\":%.3f,\"delivered\":%llu,\"acks\":%llu,\"frames\":%llu,\"serverCpuUs\":%.1f,\"cpuUs\":[%s],\"serverUserShare\":%.3f,"
         "\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f,\"loneFrameBytes\":%zu,\"lateMs\":%.3f,\"generatorBusy\":%.3f,\"foreign\":[%.3f,%.3f]}\n",
         span / SECOND, (unsigned long long)(b->delivered - a->delivered), (unsigned long long)(b->acks - a->acks),
         (unsigned long long)(b->frames - a->frames), (b->cpu[0] - a->cpu[0]) / 1e3, each, user + system > 0 ? user / (user + system) : 0, percentile(0.5),
         percentile(0.99), percentile(1), loneFrameBytes, latest / 1e6, 1 - (b->idle - a->idle) / span, (b->core[0] - a->core[0] - servers) / span,
         (b->core[1] - a->core[1] - own) / span);
}

// Too much for a while, then little: when the last of the much has arrived, and how it goes after that.
static void runOverload(double rate, double warmUp, double seconds) {
  Mark from, to;
  int64_t before = rssOf(pids[0]), most = before;
  mayClose = true;
  int64_t begin = now();
  runPaced(rate, warmUp, seconds, &from, &to);
  int64_t end = now();
  double given = posted * 1e9 / (end - begin);
  uint64_t missing = 0;
  for (int i = 0; i < connCount; i++)
    if (conns[i].state != GONE) missing += rooms[conns[i].room].sent - conns[i].messages;
  while (!allThere() && now() < end + 30 * SECOND) {
    int64_t rss = rssOf(pids[0]);
    if (rss > most) most = rss;
    serve(now() + SECOND / 1000);
  }
  int64_t drained = now() - end;
  check();
  printf("{\"given\":%.0f,\"drainMs\":%.1f,\"missing\":%llu,\"closed\":%d,\"rssBefore\":%lld,\"rssMost\":%lld,\"loadP99\":%.1f,", given, drained / 1e6,
         (unsigned long long)missing, goneCount, (long long)before, (long long)most, percentile(0.99));
  forgetSamples();
  windowEnd = INT64_MAX;
  runPaced(QUIET_RATE, 0, 2, &from, &to);
  settle(10);
  check();
  print(&from, &to);
}

// What it costs that all come and stay, and then say nothing for so long.
static double printCrowd(double seconds) {
  int64_t rss = rssOf(pids[0]), cpu = cpuOf(pids[0]), start = now(), core[2][2];
  coreTimes(core[0]);
  connectAll();
  int64_t took = now() - start, spent = cpuOf(pids[0]) - cpu;
  coreTimes(core[1]);
  settleDown();
  serve(now() + SECOND);
  int64_t held = rssOf(pids[0]) - rss, idleFrom = cpuOf(pids[0]);
  serve(now() + (int64_t)(seconds * SECOND));
  int64_t idleCpu = cpuOf(pids[0]) - idleFrom;
  printf("\"connections\":%d,\"perSecond\":%.0f,\"connectUs\":%.2f,\"bytes\":%.0f,\"idleUsPerSecond\":%.3f,", connCount, connCount * 1e9 / took,
         spent / 1e3 / connCount, (double)held / connCount, idleCpu / 1e3 / connCount / seconds);
  return (double)(core[1][0] - core[0][0] - spent) / took;
}

static void runIdle(double seconds) {
  putchar('{');
  double foreign = printCrowd(seconds);
  printf("\"foreign\":[%.3f,0]}\n", foreign);
}

static void runResume(int events) {
  windowStart = INT64_MAX;
  wantedEvents = events;
  int64_t start = now(), cpu = cpuOf(pids[0]), before = rssOf(pids[0]), most = before, core[2][2];
  coreTimes(core[0]);
  while (startedCount < connCount) startConnection(&conns[startedCount++]);
  while (backCount < connCount && now() < start + 60 * SECOND) {
    int64_t rss = rssOf(pids[0]);
    if (rss > most) most = rss;
    serve(now() + SECOND / 100);
  }
  int64_t took = now() - start, spent = cpuOf(pids[0]) - cpu;
  coreTimes(core[1]);
  if (backCount < connCount) fail("invalid: only %d of %d came back in 60 s", backCount, connCount);
  double p50 = percentile(0.5), p99 = percentile(0.99);
  // They are live: what is said now comes to each of them, next in the order.
  for (int r = 0; r < roomCount; r++) postOne(r);
  settle(10);
  check();
  for (int i = 0; i < connCount; i++)
    if (conns[i].lastSeq != strtoull(strchr(conns[i].after, '.') + 1, NULL, 10) + events + 1)
      fail("invalid: connection %d came to %llu", i, (unsigned long long)conns[i].lastSeq);
  printf("{\"connections\":%d,\"allMs\":%.1f,\"p50\":%.1f,\"p99\":%.1f,\"cpuUs\":%.1f,\"rssBefore\":%lld,\"rssMost\":%lld,\"foreign\":[%.3f,0]}\n", connCount,
         took / 1e6, p50, p99, spent / 1e3 / connCount, (long long)before, (long long)most, (double)(core[1][0] - core[0][0] - spent) / took);
}

static int readList(char *text, int *into) {
  int count = 0;
  for (char *one = strtok(text, ","); one; one = strtok(NULL, ",")) {
    if (count == MAX_SERVERS) fail("more than %d ports or processes", MAX_SERVERS);
    into[count++] = atoi(one);
  }
  if (count == 0) fail("a list of ports or processes is empty");
  return count;
}

int main(int argc, char **argv) {
  if (argc != 9) fail("usage: load PORTS PIDS PLAN PAD_BYTES paced|overload|closed|idle|grown|resume AMOUNT WARM_UP SECONDS");
  portCount = readList(argv[1], ports);
  pidCount = readList(argv[2], pids);
  padBytes = atoi(argv[4]);
  const char *mode = argv[5];
  double amount = atof(argv[6]), warmUp = atof(argv[7]), seconds = atof(argv[8]);
  bool closed = strcmp(mode, "closed") == 0, grown = strcmp(mode, "grown") == 0;
  opensRooms = !closed;
  outstanding = closed ? amount : 0;
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  runId = wall.tv_sec * (uint64_t)SECOND + wall.tv_nsec;

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(EPOLL_CLOEXEC);

  readPlan(argv[3]);
  if (strcmp(mode, "idle") == 0) return runIdle(seconds), 0;
  if (strcmp(mode, "resume") == 0) return runResume(amount), 0;
  if (grown) {
    putchar('{');
    printf("\"comingForeign\":%.3f,", printCrowd(1));
  } else {
    connectAll();
    settleDown();
  }
  if (strcmp(mode, "overload") == 0) return runOverload(amount, warmUp, seconds), 0;
  Mark from = {0}, to = {0};
  if (closed) runClosed(warmUp, seconds, &from, &to);
  else runPaced(amount, warmUp, seconds, &from, &to);
  settle(10);
  check();
  if (!grown) putchar('{');
  print(&from, &to);
  return 0;
}
