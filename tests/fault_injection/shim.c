/* Makes chosen system calls on the files of one folder fail, transfer less, or block.
 *
 * Loaded with LD_PRELOAD; faults.py compiles it, and shares the struct below with it.
 * A call counts when its path or its descriptor lies in the folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FOLDER 1024
#define RECORDED 65536
#define AT_CWD (-100)
#define CREATES 0100 /* O_CREAT */

enum action { COUNT, FAIL, SHORTEN, BLOCK };
/* The order of KINDS in faults.py. */
enum kind {
    OPEN, READ, WRITE, SYNC, CLOSE, STAT, RENAME, LINK, UNLINK, MKDIR, RMDIR, LIST, CHMOD,
    LOCK, SEEK, TRUNCATE, UTIME, SPACE, MAP
};

struct control {
    int32_t armed, action, error, unused;
    int64_t kinds;       /* one bit for each kind that counts */
    int64_t first, last; /* the counted calls that are disturbed, from 1 */
    int64_t seen, disturbed;
    char folder[FOLDER];
    uint8_t recorded[RECORDED]; /* the kind of each counted call */
};

extern void *mmap64(void *, size_t, int, int, int, int64_t);
static struct control *control;

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("FAULT_CONTROL");
    long file = path ? syscall(SYS_openat, AT_CWD, path, 2) : -1;
    if (file < 0) return;
    void *memory = (void *)syscall(SYS_mmap, NULL, sizeof *control, 3, 1, file, 0L);
    syscall(SYS_close, file);
    if (memory != (void *)-1) control = memory;
}

static int in_folder(int at, const char *path)
{
    char whole[3 * FOLDER] = "", link[64];
    if (path == NULL || path[0] != '/') {
        long length;
        if (path != NULL && at == AT_CWD) {
            length = syscall(SYS_getcwd, whole, FOLDER) - 1;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            length = syscall(SYS_readlink, link, whole, FOLDER);
        }
        if (length < 0) return 0;
        whole[length] = 0;
        if (path != NULL) snprintf(whole + length, sizeof whole - length, "/%s", path);
    } else {
        snprintf(whole, sizeof whole, "%s", path);
    }
    return strncmp(whole, control->folder, strlen(control->folder)) == 0;
}

/* What to do with a call; waits while it is to block. */
static enum action disturb(enum kind kind, int at, const char *path)
{
    int before = errno;
    if (control == NULL || !__atomic_load_n(&control->armed, __ATOMIC_ACQUIRE) ||
        !(control->kinds >> kind & 1) || !in_folder(at, path)) {
        errno = before;
        return COUNT;
    }
    int64_t number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_ACQ_REL);
    if (number <= RECORDED) control->recorded[number - 1] = kind;
    errno = before;
    if (number < control->first || number > control->last) return COUNT;
    __atomic_add_fetch(&control->disturbed, 1, __ATOMIC_ACQ_REL);
    while (control->action == BLOCK && __atomic_load_n(&control->armed, __ATOMIC_ACQUIRE)) {
        struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL);
    }
    if (control->action == FAIL) errno = control->error;
    return control->action;
}

static size_t less(enum action action, size_t size)
{
    return action == SHORTEN && size > 1 ? size / 2 : size;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define CALL(kind, at, path, type, failed, name, parameters, arguments) \
    type name parameters; \
    type name parameters \
    { \
        REAL(name); \
        enum action action = disturb(kind, at, path); \
        if (action == FAIL) return failed; \
        return real arguments; \
    }

/* The same function under its name for files beyond 2 GiB. */
#define BOTH(kind, at, path, name, parameters, arguments) \
    CALL(kind, at, path, int, -1, name, parameters, arguments) \
    CALL(kind, at, path, int, -1, name##64, parameters, arguments)

#define OPENS(name, at, parameters, arguments, last) \
    int name parameters; \
    int name parameters \
    { \
        REAL(name); \
        int mode = 0; \
        if (flags & CREATES) { \
            va_list rest; \
            va_start(rest, last); \
            mode = va_arg(rest, int); \
            va_end(rest); \
        } \
        if (disturb(OPEN, at, path) == FAIL) return -1; \
        return real arguments; \
    }

#define TRANSFERS(kind, name, parameters, arguments) \
    ssize_t name parameters; \
    ssize_t name parameters \
    { \
        REAL(name); \
        enum action action = disturb(kind, file, NULL); \
        if (action == FAIL) return -1; \
        size = less(action, size); \
        return real arguments; \
    }

OPENS(open, AT_CWD, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENS(open64, AT_CWD, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENS(openat, at, (int at, const char *path, int flags, ...), (at, path, flags, mode), flags)
OPENS(openat64, at, (int at, const char *path, int flags, ...), (at, path, flags, mode), flags)

TRANSFERS(READ, read, (int file, void *to, size_t size), (file, to, size))
TRANSFERS(READ, pread, (int file, void *to, size_t size, int64_t from), (file, to, size, from))
TRANSFERS(READ, pread64, (int file, void *to, size_t size, int64_t from), (file, to, size, from))
TRANSFERS(WRITE, write, (int file, const void *of, size_t size), (file, of, size))
TRANSFERS(WRITE, pwrite, (int file, const void *of, size_t size, int64_t to), (file, of, size, to))
TRANSFERS(WRITE, pwrite64, (int file, const void *of, size_t size, int64_t to),
          (file, of, size, to))
CALL(READ, file, NULL, ssize_t, -1, readv, (int file, const void *parts, int n), (file, parts, n))
CALL(WRITE, file, NULL, ssize_t, -1, writev, (int file, const void *parts, int n),
     (file, parts, n))
CALL(WRITE, to, NULL, ssize_t, -1, sendfile64, (int to, int from, void *at, size_t size),
     (to, from, at, size))
CALL(WRITE, to, NULL, ssize_t, -1, copy_file_range,
     (int from, int64_t *a, int to, int64_t *b, size_t size, unsigned flags),
     (from, a, to, b, size, flags))

CALL(SYNC, file, NULL, int, -1, fsync, (int file), (file))
CALL(SYNC, file, NULL, int, -1, fdatasync, (int file), (file))
BOTH(STAT, file, NULL, fstat, (int file, void *to), (file, to))
BOTH(STAT, AT_CWD, path, stat, (const char *path, void *to), (path, to))
BOTH(STAT, AT_CWD, path, lstat, (const char *path, void *to), (path, to))
BOTH(STAT, at, path, fstatat, (int at, const char *path, void *to, int flags),
     (at, path, to, flags))
CALL(STAT, AT_CWD, path, int, -1, access, (const char *path, int mode), (path, mode))
CALL(RENAME, AT_CWD, new, int, -1, rename, (const char *old, const char *new), (old, new))
CALL(RENAME, at, new, int, -1, renameat, (int from, const char *old, int at, const char *new),
     (from, old, at, new))
CALL(LINK, AT_CWD, new, int, -1, link, (const char *old, const char *new), (old, new))
CALL(LINK, at, new, int, -1, linkat,
     (int from, const char *old, int at, const char *new, int flags), (from, old, at, new, flags))
CALL(LINK, AT_CWD, new, int, -1, symlink, (const char *old, const char *new), (old, new))
CALL(UNLINK, AT_CWD, path, int, -1, unlink, (const char *path), (path))
CALL(UNLINK, at, path, int, -1, unlinkat, (int at, const char *path, int flags), (at, path, flags))
CALL(MKDIR, AT_CWD, path, int, -1, mkdir, (const char *path, unsigned mode), (path, mode))
CALL(MKDIR, at, path, int, -1, mkdirat, (int at, const char *path, unsigned mode),
     (at, path, mode))
CALL(RMDIR, AT_CWD, path, int, -1, rmdir, (const char *path), (path))
CALL(LIST, AT_CWD, path, void *, NULL, opendir, (const char *path), (path))
CALL(LIST, file, NULL, void *, NULL, fdopendir, (int file), (file))
extern int dirfd(void *);
CALL(LIST, dirfd(folder), NULL, void *, NULL, readdir, (void *folder), (folder))
CALL(LIST, dirfd(folder), NULL, void *, NULL, readdir64, (void *folder), (folder))
CALL(CHMOD, AT_CWD, path, int, -1, chmod, (const char *path, unsigned mode), (path, mode))
CALL(CHMOD, file, NULL, int, -1, fchmod, (int file, unsigned mode), (file, mode))
CALL(CHMOD, at, path, int, -1, fchmodat, (int at, const char *path, unsigned mode, int flags),
     (at, path, mode, flags))
CALL(LOCK, file, NULL, int, -1, flock, (int file, int how), (file, how))
CALL(SEEK, file, NULL, int64_t, -1, lseek, (int file, int64_t to, int from), (file, to, from))
CALL(SEEK, file, NULL, int64_t, -1, lseek64, (int file, int64_t to, int from), (file, to, from))
BOTH(TRUNCATE, file, NULL, ftruncate, (int file, int64_t size), (file, size))
BOTH(TRUNCATE, AT_CWD, path, truncate, (const char *path, int64_t size), (path, size))
CALL(UTIME, at, path, int, -1, utimensat, (int at, const char *path, const void *to, int flags),
     (at, path, to, flags))
CALL(UTIME, file, NULL, int, -1, futimens, (int file, const void *to), (file, to))
BOTH(SPACE, AT_CWD, path, statvfs, (const char *path, void *to), (path, to))
BOTH(SPACE, file, NULL, fstatvfs, (int file, void *to), (file, to))
CALL(MAP, file, NULL, void *, (void *)-1, mmap64,
     (void *at, size_t size, int use, int flags, int file, int64_t from),
     (at, size, use, flags, file, from))

/* A close that fails has closed the file nevertheless, as on Linux. */
int close(int file)
{
    REAL(close);
    enum action action = disturb(CLOSE, file, NULL);
    int result = real(file);
    if (action != FAIL) return result;
    errno = control->error;
    return -1;
}
