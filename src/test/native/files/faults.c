// Stands between a process and its files (LD_PRELOAD): counts the calls on files of one folder, and lets one of them fail as a full disk,
// a broken one or a missing right would, or ends the process there as a power cut would.
//
// LENET4J_FAULT_FOLDER is the folder; LENET4J_FAULT_PLAN a file of one `struct plan`, which is mapped, so that a test can change and read
// it while the process runs. org.lenet4j.cli.FaultPlan is its other side.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHANGES = 1, READS = 2 };
enum { FAIL = 0, SHORT = 1, KILL = 2, TORN = 3, KEEP = 4 };

struct plan {
  int64_t calls;   // CHANGES | READS: those that count; 0: nothing is counted
  int64_t at;      // the call that is hit, from 1; 0: none
  int64_t sticky;  // whether all that count after it are hit too, if they are no removal
  int64_t action;  // FAIL with the error, SHORT: half of the bytes; KILL before the call; TORN: kill after half of a write;
                   // KEEP: copies the folder to FOLDER.N, and FOLDER.N-torn after half of a write, whatever `at` is
  int64_t error;   // an errno
  int64_t count;   // calls so far
  int64_t hits;
  char call[16];   // the first that was hit
  char path[1024];
};

static struct plan *plan;
static const char *folder;
static size_t folder_length;
static char *paths[1 << 16]; // of open files in the folder, by descriptor
static DIR *listed[64];

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("LENET4J_FAULT_PLAN");
  folder = getenv("LENET4J_FAULT_FOLDER");
  int fd = name && folder ? (int) open(name, O_RDWR) : -1;
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  folder_length = strlen(folder);
  if (at != MAP_FAILED) plan = at;
}

static int is_ours(const char *path) {
  return plan && path && strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || !path[folder_length]);
}

static const char *of(int fd) { return fd >= 0 && fd < (1 << 16) ? paths[fd] : NULL; }

static void keep(const char *name) {
  char command[3000];
  int length = snprintf(command, sizeof command, "env -u LD_PRELOAD cp -a '%s' '%s.%lld%s'", folder, folder, (long long) plan->count, name);
  if (length >= (int) sizeof command || system(command) != 0) abort();
}

// Whether this call is to be hit. Kills where that is planned, except for TORN, which a write does itself.
static int hit(const char *path, const char *call, int kind) {
  if (!plan || !path || !(plan->calls & kind)) return 0;
  int64_t n = __atomic_add_fetch(&plan->count, 1, __ATOMIC_SEQ_CST);
  if (plan->action == KEEP) {
    plan->hits++;
    keep("");
    return 0;
  }
  int first = n == plan->at;
  if (!first && !(plan->sticky && plan->at && n > plan->at && strcmp(call, "unlink"))) return 0;
  if (first) {
    snprintf(plan->call, sizeof plan->call, "%s", call);
    snprintf(plan->path, sizeof plan->path, "%s", path);
  }
  plan->hits++;
  if (plan->action == KILL || (plan->action == TORN && strcmp(call, "write"))) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  return plan->action == FAIL ? 1 : 0;
}

static int is_short(const char *path, int kind, int before) { // after hit(): whether it was this call
  return path && plan && (plan->calls & kind) && plan->action != FAIL && plan->hits > before;
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *) dlsym(RTLD_NEXT, #name)
#define FAILED return errno = (int) plan->error, -1

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < (1 << 16)) {
    free(paths[fd]);
    paths[fd] = is_ours(path) ? strdup(path) : NULL;
  }
  return fd;
}

#define OPENS(flags) (((flags) & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) ? CHANGES : READS)
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = va_arg(more, mode_t); \
    va_end(more); \
    if (is_ours(path) && hit(path, "open", OPENS(flags))) FAILED; \
    return opened(real(path, flags, mode), path); \
  }
#define OPENAT(name) \
  int name(int at, const char *path, int flags, ...) { \
    REAL(name); \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = va_arg(more, mode_t); \
    va_end(more); \
    if (is_ours(path) && hit(path, "open", OPENS(flags))) FAILED; \
    return opened(real(at, path, flags, mode), path); \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(close);
  char *path = (char *) of(fd);
  if (!path) return real(fd);
  paths[fd] = NULL;
  int failed = hit(path, "close", READS);
  free(path);
  int result = real(fd); // as Linux does it: closed, whatever it says
  if (failed) FAILED;
  return result;
}

static ssize_t half(ssize_t size) { return size > 1 ? size / 2 : size; }

#define WRITE(name, parameters, arguments, advance) \
  ssize_t name parameters { \
    REAL(name); \
    const char *path = of(fd); \
    int before = plan ? (int) plan->hits : 0; \
    if (hit(path, "write", CHANGES)) FAILED; \
    if (!is_short(path, CHANGES, before)) return real arguments; \
    size_t all = size; \
    size = (size_t) half((ssize_t) size); \
    ssize_t written = real arguments; \
    if (plan->action == TORN) kill(getpid(), SIGKILL); \
    if (plan->action != KEEP || written < 0) return written; \
    keep("-torn"); \
    bytes = (const char *) bytes + written; \
    size = all - (size_t) written; \
    advance; \
    ssize_t rest = real arguments; \
    return rest < 0 ? written : written + rest; \
  }
WRITE(write, (int fd, const void *bytes, size_t size), (fd, bytes, size), )
WRITE(pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at), at += written)

#define READ(name, parameters, arguments) \
  ssize_t name parameters { \
    REAL(name); \
    const char *path = of(fd); \
    int before = plan ? (int) plan->hits : 0; \
    if (hit(path, "read", READS)) FAILED; \
    if (is_short(path, READS, before)) size = (size_t) half((ssize_t) size); \
    return real arguments; \
  }
READ(read, (int fd, void *bytes, size_t size), (fd, bytes, size))
READ(pread64, (int fd, void *bytes, size_t size, off64_t at), (fd, bytes, size, at))

#define ON_FILE(name, call, kind, parameters, arguments) \
  int name parameters { \
    REAL(name); \
    if (hit(of(fd), call, kind)) FAILED; \
    return real arguments; \
  }
ON_FILE(fsync, "fsync", CHANGES, (int fd), (fd))
ON_FILE(fdatasync, "fsync", CHANGES, (int fd), (fd))
ON_FILE(ftruncate64, "truncate", CHANGES, (int fd, off64_t size), (fd, size))
ON_FILE(fchmod, "chmod", CHANGES, (int fd, mode_t mode), (fd, mode))
ON_FILE(fstat64, "stat", READS, (int fd, struct stat64 *status), (fd, status))

#define ON_PATH(type, name, call, kind, parameters, arguments) \
  type name parameters { \
    REAL(name); \
    if (is_ours(path) && hit(path, call, kind)) FAILED; \
    return real arguments; \
  }
ON_PATH(int, rename, "rename", CHANGES, (const char *path, const char *to), (path, to))
ON_PATH(int, unlink, "unlink", CHANGES, (const char *path), (path))
ON_PATH(int, rmdir, "rmdir", CHANGES, (const char *path), (path))
ON_PATH(int, mkdir, "mkdir", CHANGES, (const char *path, mode_t mode), (path, mode))
ON_PATH(int, chmod, "chmod", CHANGES, (const char *path, mode_t mode), (path, mode))
ON_PATH(int, stat64, "stat", READS, (const char *path, struct stat64 *status), (path, status))
ON_PATH(int, lstat64, "stat", READS, (const char *path, struct stat64 *status), (path, status))
ON_PATH(int, access, "access", READS, (const char *path, int mode), (path, mode))
ON_PATH(ssize_t, readlink, "readlink", READS, (const char *path, char *to, size_t size), (path, to, size))

DIR *opendir(const char *path) {
  REAL(opendir);
  if (is_ours(path) && hit(path, "opendir", READS)) return errno = (int) plan->error, NULL;
  DIR *dir = real(path);
  for (int i = 0; dir && is_ours(path) && i < 64; i++) {
    if (!listed[i]) {
      listed[i] = dir;
      break;
    }
  }
  return dir;
}

struct dirent64 *readdir64(DIR *dir) {
  REAL(readdir64);
  for (int i = 0; i < 64; i++) {
    if (listed[i] == dir && hit(folder, "readdir", READS)) return errno = (int) plan->error, NULL;
  }
  return real(dir);
}

int closedir(DIR *dir) {
  REAL(closedir);
  for (int i = 0; i < 64; i++) {
    if (listed[i] == dir) listed[i] = NULL;
  }
  return real(dir);
}
