// What a server and the machine spent, from /proc.
#include "load.h"
#include <dirent.h>
#include <time.h>
#include <unistd.h>

static int64_t cpuOne(pid_t pid) {
  clockid_t clock;
  struct timespec t = {0};
  if (clock_getcpuclockid(pid, &clock) == 0) clock_gettime(clock, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t rssOne(pid_t pid) {
  char path[64];
  long pages = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", pid);
  FILE *file = fopen(path, "r");
  if (file && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static int64_t sum(pid_t pid, int64_t (*one)(pid_t), int depth) {
  char path[64];
  int64_t all = one(pid);
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = depth < 4 ? opendir(path) : NULL;
  for (struct dirent *task; tasks && (task = readdir(tasks));) {
    char file[512];
    snprintf(file, sizeof file, "%s/%s/children", path, task->d_name);
    FILE *children = fopen(file, "r");
    for (int child; children && fscanf(children, "%d", &child) == 1;) all += sum(child, one, depth + 1);
    if (children) fclose(children);
  }
  if (tasks) closedir(tasks);
  return all;
}

int64_t cpuOf(pid_t pid) { return sum(pid, cpuOne, 0); }

int64_t rssOf(pid_t pid) { return sum(pid, rssOne, 0); }

void ticksOf(pid_t pid, uint64_t *user, uint64_t *system) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", user, system) != 2)
    *user = *system = 0;
  if (file) fclose(file);
}

void coreTimes(int64_t core[2]) {
  FILE *file = fopen("/proc/stat", "r");
  char line[512];
  while (file && fgets(line, sizeof line, file)) {
    int number;
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    if (sscanf(line, "cpu%d %llu %llu %llu %llu %llu %llu %llu %llu", &number, &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) == 9 && number < 2)
      core[number] = (user + nice + system + irq + soft + steal) * (SECOND / sysconf(_SC_CLK_TCK));
  }
  if (file) fclose(file);
}
