/* A disk that fails at a chosen moment; for LD_PRELOAD.
   SPDX-License-Identifier: GPL-3.0-or-later

   What a program does to files below $FAULT_FOLDER is counted: files opened to be written, writes,
   renames, removals, folders made. At the one with number $FAULT_AT, counted from 1,

     FAULT_DO=kill   half of a write is done, or nothing of anything else, and the process is killed;
     FAULT_DO=full   half of a write is done, and from then on nothing fits any more (ENOSPC);
     FAULT_DO=lock   from then on nothing can be changed (EROFS).

   A process can set it anew: `fault_set`, and `fault_count` says what was counted since. Whatever
   the program uses (Python, Blender, the C++ of a library) passes the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
enum { NOTHING, KILL, FULL, LOCK };

static char folder[4096];
static size_t folder_length;
static long at, counted;
static int what;
static unsigned char watched[FILES];

void fault_set(const char *path, long number, int how)
{
    snprintf(folder, sizeof folder, "%s", path ? path : "");
    folder_length = strlen(folder);
    at = number;
    what = how;
    __atomic_store_n(&counted, 0, __ATOMIC_SEQ_CST);
}

long fault_count(void) { return __atomic_load_n(&counted, __ATOMIC_SEQ_CST); }

__attribute__((constructor)) static void start(void)
{
    const char *number = getenv("FAULT_AT"), *how = getenv("FAULT_DO");
    int kind = !how ? NOTHING : !strcmp(how, "kill") ? KILL : !strcmp(how, "full") ? FULL : LOCK;
    if (getenv("FAULT_FOLDER"))
        fault_set(getenv("FAULT_FOLDER"), number ? atol(number) : 0, kind);
}

static int inside(int place, const char *path)
{
    char whole[8192], base[4096];
    if (!folder_length || !path)
        return 0;
    if (path[0] != '/') {
        if (place == AT_FDCWD) {
            if (!getcwd(base, sizeof base))
                return 0;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", place);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0)
                return 0;
            base[length] = 0;
        }
        snprintf(whole, sizeof whole, "%s/%s", base, path);
        path = whole;
    }
    return !strncmp(path, folder, folder_length);
}

/* 0: go on. 1: do half of it. -1: it fails, errno says why. */
static int fault(int takes_room, int is_write)
{
    long number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    if (what == NOTHING || !at || number < at)
        return 0;
    if (what == KILL) {
        if (number > at)
            return 0;
        if (is_write)
            return 1;
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    if (what == LOCK) {
        errno = EROFS;
        return -1;
    }
    if (!takes_room)
        return 0;
    if (is_write && number == at)
        return 1;
    errno = ENOSPC;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static ssize_t half_done(ssize_t done)
{
    if (what == KILL) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    return done;
}

static int noted(int file, int place, const char *path, int flags)
{
    if (file >= 0 && file < FILES)
        watched[file] = (flags & (O_WRONLY | O_RDWR)) && inside(place, path);
    return file;
}

static int is_watched(int file) { return file >= 0 && file < FILES && watched[file]; }

#define OPEN(name, place, parameters, call)                                                       \
    int name parameters                                                                           \
    {                                                                                             \
        mode_t mode = 0;                                                                          \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                                    \
            va_list rest;                                                                         \
            va_start(rest, flags);                                                                \
            mode = va_arg(rest, mode_t);                                                          \
            va_end(rest);                                                                         \
        }                                                                                         \
        if ((flags & (O_WRONLY | O_RDWR)) && inside(place, path) && fault(flags & O_CREAT, 0))    \
            return -1;                                                                            \
        return noted(REAL(name) call, place, path, flags);                                        \
    }
OPEN(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, place, (int place, const char *path, int flags, ...), (place, path, flags, mode))
OPEN(openat64, place, (int place, const char *path, int flags, ...), (place, path, flags, mode))

int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int file)
{
    if (file >= 0 && file < FILES)
        watched[file] = 0;
    return REAL(close)(file);
}

ssize_t write(int file, const void *data, size_t size)
{
    int how = is_watched(file) ? fault(1, 1) : 0;
    if (how < 0)
        return -1;
    return how ? half_done(REAL(write)(file, data, size / 2 ? size / 2 : size))
               : REAL(write)(file, data, size);
}

#define PWRITE(name, offset_t)                                                                    \
    ssize_t name(int file, const void *data, size_t size, offset_t offset)                       \
    {                                                                                             \
        int how = is_watched(file) ? fault(1, 1) : 0;                                             \
        if (how < 0)                                                                              \
            return -1;                                                                            \
        return how ? half_done(REAL(name)(file, data, size / 2 ? size / 2 : size, offset))        \
                   : REAL(name)(file, data, size, offset);                                        \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count)
{
    int how = is_watched(file) ? fault(1, 1) : 0;
    if (how < 0)
        return -1;
    return how ? half_done(REAL(writev)(file, parts, count / 2 ? count / 2 : count))
               : REAL(writev)(file, parts, count);
}

/* What writes without `write`: counted as one, and done or not. */
ssize_t sendfile(int to, int from, off_t *offset, size_t count);
ssize_t sendfile(int to, int from, off_t *offset, size_t count)
{
    int how = is_watched(to) ? fault(1, 1) : 0;
    if (how < 0)
        return -1;
    return how ? half_done(REAL(sendfile)(to, from, offset, count / 2 ? count / 2 : count))
               : REAL(sendfile)(to, from, offset, count);
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
    int how = is_watched(to) ? fault(1, 1) : 0;
    if (how < 0)
        return -1;
    return how ? half_done(REAL(copy_file_range)(from, in, to, out, size / 2 ? size / 2 : size, flags))
               : REAL(copy_file_range)(from, in, to, out, size, flags);
}

/* Streams write inside the C library: their buffer is taken away, and what comes is counted. */
static FILE *stream_of(FILE *found, const char *path, const char *mode)
{
    if (found && strpbrk(mode, "wa+"))
        noted(fileno(found), AT_FDCWD, path, O_WRONLY);
    return found;
}

FILE *fopen(const char *path, const char *mode)
{
    if (strpbrk(mode, "wa+") && inside(AT_FDCWD, path) && fault(1, 0))
        return NULL;
    return stream_of(REAL(fopen)(path, mode), path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    if (strpbrk(mode, "wa+") && inside(AT_FDCWD, path) && fault(1, 0))
        return NULL;
    return stream_of(REAL(fopen64)(path, mode), path, mode);
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *stream)
{
    int how = is_watched(fileno(stream)) ? fault(1, 1) : 0;
    if (how < 0)
        return 0;
    if (!how)
        return REAL(fwrite)(data, size, count, stream);
    size_t done = REAL(fwrite)(data, size, count / 2, stream);
    fflush(stream);
    return (size_t)half_done((ssize_t)done);
}

#define CHANGE(name, place, path, takes_room, parameters, call)                                   \
    int name parameters                                                                           \
    {                                                                                             \
        if (inside(place, path) && fault(takes_room, 0))                                          \
            return -1;                                                                            \
        return REAL(name) call;                                                                   \
    }
CHANGE(rename, AT_FDCWD, to, 0, (const char *from, const char *to), (from, to))
CHANGE(renameat, place, to, 0, (int other, const char *from, int place, const char *to),
       (other, from, place, to))
CHANGE(renameat2, place, to, 0,
       (int other, const char *from, int place, const char *to, unsigned flags),
       (other, from, place, to, flags))
CHANGE(unlink, AT_FDCWD, path, 0, (const char *path), (path))
CHANGE(unlinkat, place, path, 0, (int place, const char *path, int flags), (place, path, flags))
CHANGE(remove, AT_FDCWD, path, 0, (const char *path), (path))
CHANGE(rmdir, AT_FDCWD, path, 0, (const char *path), (path))
CHANGE(mkdir, AT_FDCWD, path, 1, (const char *path, mode_t mode), (path, mode))
CHANGE(mkdirat, place, path, 1, (int place, const char *path, mode_t mode), (place, path, mode))
