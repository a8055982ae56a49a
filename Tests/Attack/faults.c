// A library to preload: the n-th call of a system function fails, is cut short, or ends the process.
//
// ATTACK_FAULT="NAME N WHAT": WHAT is the number of an error, "short" for half of the bytes, "before" or "after" for a
// SIGKILL there. Calls count between access("/attack/begin") and access("/attack/end"), which prints how many of each
// there were.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES(X) X(open) X(close) X(read) X(pread) X(write) X(fsync) X(rename) X(unlink) X(stat) X(lstat) X(fstat) \
  X(access) X(readlink) X(fchmod) X(fchown) X(flock) X(opendir) X(readdir)
#define COUNTER(NAME) of_##NAME,
enum { NAMES(COUNTER) CALLS };
#define TEXT(NAME) #NAME,
static const char *const names[] = {NAMES(TEXT)};

static int is_counting, counts[CALLS], target = -1, number;
static char what[16];

// What is to become of this call: 0 for what always does, else an error, SHORT, or AFTER.
enum { SHORT = -1, AFTER = -2 };
static int fate(int call) {
  if (!is_counting || (counts[call]++, call != target) || counts[call] != number) return 0;
  if (!strcmp(what, "before")) raise(SIGKILL);
  return !strcmp(what, "after") ? AFTER : !strcmp(what, "short") ? SHORT : atoi(what);
}

#define REAL(NAME) ((__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME))

// A call: fails with -1, or does what it always does.
#define WRAP(CALL, NAME, PARAMETERS, ARGUMENTS, TYPE, FAILURE)    \
  TYPE NAME PARAMETERS {                                          \
    static __typeof__(&NAME) real;                                \
    if (!real) real = REAL(NAME);                                 \
    const int end = fate(of_##CALL);                              \
    if (end > 0) return errno = end, FAILURE;                     \
    TYPE result = real ARGUMENTS;                                 \
    if (end == AFTER) raise(SIGKILL);                             \
    return result;                                                \
  }
// A call that moves n bytes, of which it may move half.
#define MOVE(CALL, NAME, PARAMETERS, ARGUMENTS)                   \
  ssize_t NAME PARAMETERS {                                       \
    static __typeof__(&NAME) real;                                \
    if (!real) real = REAL(NAME);                                 \
    const int end = fate(of_##CALL);                              \
    if (end > 0) return errno = end, -1;                          \
    if (end == SHORT) n = (n + 1) / 2;                            \
    ssize_t result = real ARGUMENTS;                              \
    if (end == AFTER) raise(SIGKILL);                             \
    return result;                                                \
  }

#define OPEN(NAME)                                                \
  int NAME(const char *path, int flags, ...) {                    \
    va_list list;                                                 \
    va_start(list, flags);                                        \
    const mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                 \
    static int (*real)(const char *, int, ...);                   \
    if (!real) real = dlsym(RTLD_NEXT, #NAME);                    \
    const int end = fate(of_open);                                \
    if (end > 0) return errno = end, -1;                          \
    int result = real(path, flags, mode);                         \
    if (end == AFTER) raise(SIGKILL);                             \
    return result;                                                \
  }
OPEN(open)
OPEN(open64)
WRAP(close, close, (int file), (file), int, -1)
MOVE(read, read, (int file, void *bytes, size_t n), (file, bytes, n))
MOVE(pread, pread, (int file, void *bytes, size_t n, off_t at), (file, bytes, n, at))
MOVE(pread, pread64, (int file, void *bytes, size_t n, off64_t at), (file, bytes, n, at))
MOVE(write, write, (int file, const void *bytes, size_t n), (file, bytes, n))
WRAP(fsync, fsync, (int file), (file), int, -1)
WRAP(rename, rename, (const char *from, const char *to), (from, to), int, -1)
WRAP(unlink, unlink, (const char *path), (path), int, -1)
WRAP(stat, stat, (const char *path, struct stat *status), (path, status), int, -1)
WRAP(stat, stat64, (const char *path, struct stat64 *status), (path, status), int, -1)
WRAP(lstat, lstat, (const char *path, struct stat *status), (path, status), int, -1)
WRAP(lstat, lstat64, (const char *path, struct stat64 *status), (path, status), int, -1)
WRAP(fstat, fstat, (int file, struct stat *status), (file, status), int, -1)
WRAP(fstat, fstat64, (int file, struct stat64 *status), (file, status), int, -1)
WRAP(readlink, readlink, (const char *path, char *bytes, size_t n), (path, bytes, n), ssize_t, -1)
WRAP(fchmod, fchmod, (int file, mode_t mode), (file, mode), int, -1)
WRAP(fchown, fchown, (int file, uid_t user, gid_t group), (file, user, group), int, -1)
WRAP(flock, flock, (int file, int operation), (file, operation), int, -1)
WRAP(opendir, opendir, (const char *path), (path), DIR *, NULL)
WRAP(readdir, readdir, (DIR * directory), (directory), struct dirent *, NULL)
WRAP(readdir, readdir64, (DIR * directory), (directory), struct dirent64 *, NULL)

int access(const char *path, int mode) {
  static int (*real)(const char *, int);
  if (!real) real = dlsym(RTLD_NEXT, "access");
  if (!strcmp(path, "/attack/begin")) {
    const char *fault = getenv("ATTACK_FAULT");
    char name[16] = "";
    if (fault && sscanf(fault, "%15s %d %15s", name, &number, what) == 3)
      for (int call = 0; call < CALLS; call++) if (!strcmp(name, names[call])) target = call;
    is_counting = 1;
    return 0;
  }
  if (!strcmp(path, "/attack/end")) {
    is_counting = 0;
    for (int call = 0; call < CALLS; call++) printf("%s %d\n", names[call], counts[call]);
    fflush(stdout);
    return 0;
  }
  const int end = fate(of_access);
  if (end > 0) return errno = end, -1;
  return real(path, mode);
}
