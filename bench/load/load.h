// The load generator: what its files share. main.c has the workloads, count.c decides whether all arrived,
// spent.c reads what it cost, and each other file speaks to one sort of server.
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { READ_BYTES = 1 << 20, OUT_BYTES = 1 << 20, TEXT_BYTES = 128, MAX_ROOMS = 2048, MAX_SERVERS = 8, SLOTS = 256 };
static const int64_t SECOND = 1000000000;
static const char MARK[] = "snug-bench ";

typedef enum { CONNECTING, UPGRADING, GREETING, OPENING, READY, GONE } State;
typedef struct Conn Conn;

// How to speak to one sort of server.
typedef struct {
  const char *name;
  bool reads, answers;                      // messages arrive on it; a post gets a reply
  bool numbers;                             // messages carry a seq of the server's
  void (*begin)(Conn *);                    // the connection is there
  size_t (*parse)(Conn *, char *, size_t);  // takes what is whole, and says how many bytes that was
  void (*post)(Conn *, uint64_t ref, const char *clientId, const char *text); // NULL: it only reads
} Wire;
extern const Wire wires[];

struct Conn {
  int fd, port, room, opening;
  const Wire *wire;
  State state;
  char token[128], after[192];
  char *rooms; // all that it opens, with commas; `room` is the first
  char *carry; // the beginning of a frame whose end has not arrived
  size_t carried;
  uint64_t lastSeq, messages, indexSum, frames;
  int64_t askedAt, backAt, *sentAt; // resume: room asked for, everything there; closed loop: by slot
};

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
  int people, readers, posters, *poster;
  Scan *scans; // by number of frame
} Room;

extern Conn *conns;
extern Room rooms[];
extern int connCount, roomCount, readyCount, outstanding;
extern bool opensRooms;
extern size_t padBytes, loneFrameBytes;
extern uint64_t posted, delivered, acks, frames, disorders, repeatedAcks;
extern int64_t lastFrameAt, windowStart, windowEnd;

// main.c
_Noreturn void fail(const char *format, ...);
int64_t now(void);
void ready(Conn *);
void gone(Conn *, int code); // ends the run, but for slow ones in an overload
void postNext(Conn *, uint64_t ref);

// what is written leaves when the bytes that were read are dealt with
void put(const void *bytes, size_t length);
void putText(const char *format, ...);

// count.c
bool inWindow(int64_t stamp);
void addSample(int64_t latency);
double percentile(double q); // milliseconds
void forgetSamples(void);
void onMessages(Conn *, const char *, size_t);
void onReply(Conn *, const char *, size_t);
void check(void);

// spent.c
int64_t cpuOf(pid_t);  // ns, with all children
int64_t rssOf(pid_t);  // bytes, with all children
void ticksOf(pid_t, uint64_t *user, uint64_t *system);
void coreTimes(int64_t core[2]);

// websocket.c, sse.c, relays.c
void wsBegin(Conn *);
void ioBegin(Conn *);
void nchanBegin(Conn *);
size_t wsParse(Conn *, char *, size_t);
void wsPost(Conn *, uint64_t, const char *, const char *);
void nchanPost(Conn *, uint64_t, const char *, const char *);
void sseBegin(Conn *);
size_t sseParse(Conn *, char *, size_t);
int relayed(char *payload, size_t size, Conn *, const char *clientId, const char *text);
void mqttBegin(Conn *);
size_t mqttParse(Conn *, char *, size_t);
void mqttPost(Conn *, uint64_t, const char *, const char *);
void natsBegin(Conn *);
size_t natsParse(Conn *, char *, size_t);
void natsPost(Conn *, uint64_t, const char *, const char *);
