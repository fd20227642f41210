/* Notes what a program looks up or connects to, and lets none of it happen; for LD_PRELOAD.
   SPDX-License-Identifier: GPL-3.0-or-later

   Native libraries pass Python's audit hooks by, but not the C library. One line for each attempt
   goes to the file that $WATCH_NETWORK names. */
#define _GNU_SOURCE
#include <errno.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *whom)
{
    const char *path = getenv("WATCH_NETWORK");
    char line[300];
    int length = snprintf(line, sizeof line, "%s %s\n", what, whom ? whom : "");
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (file < 0 || write(file, line, (size_t)length) != length)
        abort(); /* an attempt that is not noted would pass for none */
    close(file);
}

static int is_remote(const struct sockaddr *address)
{
    return address && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    (void)service, (void)hints, (void)found;
    note("getaddrinfo", node);
    return EAI_FAIL;
}

struct hostent *gethostbyname(const char *name)
{
    note("gethostbyname", name);
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

int connect(int socket, const struct sockaddr *address, socklen_t length)
{
    if (is_remote(address)) {
        note("connect", "");
        errno = ENETUNREACH;
        return -1;
    }
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    return real(socket, address, length);
}

ssize_t sendto(int socket, const void *data, size_t size, int flags,
               const struct sockaddr *address, socklen_t length)
{
    if (is_remote(address)) {
        note("sendto", "");
        errno = ENETUNREACH;
        return -1;
    }
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        dlsym(RTLD_NEXT, "sendto");
    return real(socket, data, size, flags, address, length);
}
