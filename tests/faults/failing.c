/* Makes the n-th call of a kind fail, for files below a folder. Loaded before libc (LD_PRELOAD), armed by `fault_arm`. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[PATH_MAX];
static char kind[32];
static int countdown, error, forever;
static int reached;

/* count: how many calls still pass; again: whether all calls from then on fail. */
void fault_arm(const char *of_kind, const char *below, int count, int with_error, int again) {
    snprintf(kind, sizeof kind, "%s", of_kind);
    snprintf(folder, sizeof folder, "%s", below);
    countdown = count;
    error = with_error;
    forever = again;
    reached = 0;
}

/* Returns how many calls have failed. */
int fault_disarm(void) {
    kind[0] = 0;
    return reached;
}

static int fails_at(const char *of_kind, const char *path) {
    if (!kind[0] || strcmp(kind, of_kind) || strncmp(path, folder, strlen(folder))) return 0;
    if (countdown-- > 0) return 0;
    if (!forever && reached) return 0;
    reached++;
    errno = error;
    return 1;
}

static int fails(const char *of_kind, int file) {
    char link[64], path[PATH_MAX];
    int saved = errno;
    if (!kind[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return fails_at(of_kind, path);
}

static int fails_near(const char *of_kind, const char *path) {
    char whole[2 * PATH_MAX];
    if (!kind[0] || path[0] == '/') return fails_at(of_kind, path);
    if (!getcwd(whole, PATH_MAX)) return 0;
    strcat(whole, "/");
    strncat(whole, path, PATH_MAX - 1);
    return fails_at(of_kind, whole);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int f, const void *b, size_t n) { return fails("write", f) ? -1 : REAL(write)(f, b, n); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { return fails("write", f) ? -1 : REAL(pwrite)(f, b, n, o); }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { return fails("write", f) ? -1 : REAL(pwrite64)(f, b, n, o); }
int fsync(int f) { return fails("fsync", f) ? -1 : REAL(fsync)(f); }
int fdatasync(int f) { return fails("fsync", f) ? -1 : REAL(fdatasync)(f); }
int ftruncate(int f, off_t n) { return fails("write", f) ? -1 : REAL(ftruncate)(f, n); }
int ftruncate64(int f, off64_t n) { return fails("write", f) ? -1 : REAL(ftruncate64)(f, n); }
int rename(const char *a, const char *b) { return fails_near("rename", b) ? -1 : REAL(rename)(a, b); }
int link(const char *a, const char *b) { return fails_near("rename", b) ? -1 : REAL(link)(a, b); }
int unlink(const char *a) { return fails_near("unlink", a) ? -1 : REAL(unlink)(a); }
int rmdir(const char *a) { return fails_near("unlink", a) ? -1 : REAL(rmdir)(a); }
int mkdir(const char *a, mode_t m) { return fails_near("open", a) ? -1 : REAL(mkdir)(a, m); }
ssize_t copy_file_range(int f, off64_t *a, int g, off64_t *b, size_t n, unsigned int s) {
    return fails("write", g) ? -1 : REAL(copy_file_range)(f, a, g, b, n, s);
}

#define OPEN(name)                                                                      \
    int name(const char *path, int flags, ...) {                                        \
        va_list more;                                                                   \
        va_start(more, flags);                                                          \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;         \
        va_end(more);                                                                   \
        return fails_near("open", path) ? -1 : REAL(name)(path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)
