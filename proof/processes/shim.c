/* Comes between a program and its C library: syncs that take long, and a wall clock that jumps.
   What it should do stands in a file that both sides map; what it did is counted there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct orders {
  int64_t sync_ms;   /* how long each sync takes longer */
  int64_t offset_ms; /* how far the wall clock is off */
  int64_t frozen_ms; /* where it stands still; 0: it goes */
  int64_t syncs;
  int64_t looks; /* at a clock that was changed */
};

static struct orders none, *orders = &none;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_clock = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("SHIM_ORDERS");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *map = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (map != MAP_FAILED) orders = map;
}

static void take_long(void) {
  __atomic_add_fetch(&orders->syncs, 1, __ATOMIC_RELAXED);
  if (orders->sync_ms > 0) usleep(orders->sync_ms * 1000);
}

int fsync(int file) {
  take_long();
  return real_fsync(file);
}

int fdatasync(int file) {
  take_long();
  return real_fdatasync(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = real_clock(clock, now);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  int64_t offset = orders->offset_ms, frozen = orders->frozen_ms;
  if (offset == 0 && frozen == 0) return 0;
  __atomic_add_fetch(&orders->looks, 1, __ATOMIC_RELAXED);
  int64_t ms = frozen ? frozen : now->tv_sec * 1000 + now->tv_nsec / 1000000 + offset;
  now->tv_sec = ms / 1000;
  now->tv_nsec = (frozen ? 0 : now->tv_nsec % 1000000) + ms % 1000 * 1000000;
  return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  struct timespec at;
  int result = clock_gettime(CLOCK_REALTIME, &at);
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return result;
}

time_t time(time_t *out) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (out) *out = at.tv_sec;
  return at.tv_sec;
}
