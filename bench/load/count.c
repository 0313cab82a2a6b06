// What arrived, and whether that is all, once and in order.
#include "load.h"

enum { MAX_SEQ = 1 << 27, FINE = 128, UNIT_BITS = 6 };

// Latencies by steps of 0.8 %, from 64 ns on: a peak brings ten million a second.
static uint64_t counts[64 * FINE], sampleCount;
static int64_t longest;
static unsigned char *ackedSeqs;

bool inWindow(int64_t stamp) { return stamp >= windowStart && stamp < windowEnd; }

void addSample(int64_t latency) {
  uint64_t units = latency < 0 ? 0 : (uint64_t)latency >> UNIT_BITS;
  int shift = units < 2 * FINE ? 0 : 64 - __builtin_clzll(units) - 8;
  counts[shift * FINE + (units >> shift)]++;
  sampleCount++;
  if (latency > longest) longest = latency;
}

double percentile(double q) {
  if (q >= 1) return longest / 1e6;
  uint64_t before = q * sampleCount, seen = 0;
  for (int i = 0; i < 63 * FINE; i++)
    if ((seen += counts[i]) > before) {
      int shift = i < 2 * FINE ? 0 : i / FINE - 1;
      return (double)((uint64_t)(i - shift * FINE) << shift << UNIT_BITS) / 1e6;
    }
  return 0;
}

void forgetSamples(void) {
  memset(counts, 0, sizeof counts);
  sampleCount = longest = 0;
}

static void scan(Scan *s, const char *p, size_t n) {
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
      s->capacity = s->capacity ? s->capacity * 2 : 4;
      s->stamps = realloc(s->stamps, s->capacity * sizeof *s->stamps);
    }
    s->stamps[s->messages] = strtoll(q, NULL, 16);
    s->indexSum += strtoull(q + 17, NULL, 16);
  }
  if (s->messages == 1 && s->events <= 1) loneFrameBytes = n;
}

void onMessages(Conn *c, const char *p, size_t n) {
  Room *room = &rooms[c->room];
  if (!room->scans) room->scans = calloc(SLOTS, sizeof(Scan));
  Scan *s = &room->scans[c->frames++ % SLOTS];
  if (s->length != n || memcmp(s->bytes, p, n) != 0) scan(s, p, n);
  if (c->wire->numbers) {
    if (!s->ordered || (c->lastSeq && s->events && s->firstSeq != c->lastSeq + 1)) disorders++;
    if (s->events) c->lastSeq = s->firstSeq + s->events - 1;
  }
  c->messages += s->messages;
  c->indexSum += s->indexSum;
  delivered += s->messages;
  frames++;
  int64_t at = lastFrameAt;
  for (uint32_t i = 0; i < s->messages; i++)
    if (inWindow(s->stamps[i])) addSample(at - s->stamps[i]);
}

static uint64_t numberAfter(const char *p, size_t n, const char *name) {
  const char *at = memmem(p, n, name, strlen(name));
  return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

void onReply(Conn *c, const char *p, size_t n) {
  if (!memmem(p, n, "\"ok\":true", 9)) fail("refused: %.*s", (int)n, p);
  if (c->state == OPENING) {
    if (--c->opening == 0) ready(c);
    return;
  }
  acks++;
  if (!outstanding) return;
  if (!ackedSeqs) ackedSeqs = calloc(MAX_SEQ / 8, 1);
  uint64_t ref = numberAfter(p, n, "\"ref\":"), seq = numberAfter(p, n, "\"seq\":");
  if (seq == 0 || seq >= MAX_SEQ) fail("a reply without a usable seq: %.*s", (int)n, p);
  if (ackedSeqs[seq >> 3] & (1 << (seq & 7))) repeatedAcks++;
  ackedSeqs[seq >> 3] |= 1 << (seq & 7);
  int64_t sentAt = c->sentAt[ref % outstanding];
  if (inWindow(sentAt)) addSample(lastFrameAt - sentAt);
  postNext(c, ref + outstanding);
}

void check(void) {
  bool answers = false;
  for (int i = 0; i < connCount; i++) answers |= conns[i].wire->post && conns[i].wire->answers;
  if (disorders) fail("invalid: %llu frames broke the order of seq", (unsigned long long)disorders);
  if (repeatedAcks) fail("invalid: %llu replies named a seq that was given before", (unsigned long long)repeatedAcks);
  if (answers && acks != posted)
    fail("invalid: %llu of %llu posts were answered", (unsigned long long)acks, (unsigned long long)posted);
  for (int i = 0; opensRooms && i < connCount; i++) {
    Room *room = &rooms[conns[i].room];
    if (!conns[i].wire->reads || conns[i].state == GONE) continue;
    if (conns[i].messages != room->sent || conns[i].indexSum != room->indexSum)
      fail("invalid: connection %d saw %llu of the %llu messages of its room", i, (unsigned long long)conns[i].messages,
           (unsigned long long)room->sent);
  }
}
