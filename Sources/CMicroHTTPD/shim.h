#pragma once
// What Swift cannot call of libmicrohttpd: its variadic functions, each here with fixed types.
#include <malloc.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/// What a daemon is started with. Pointers must stay valid during `relay_mhd_start` only, except `context`.
struct relay_mhd_settings {
    /// A bound and listening socket that does not block; the daemon closes it when it stops.
    int listen_socket;
    unsigned int thread_count;
    unsigned int connection_limit;
    /// Seconds; 0 means never.
    unsigned int idle_timeout_seconds;
    size_t connection_memory_bytes;
    /// PEM text, or NULL for a server without TLS.
    const char *certificate;
    const char *key;
    MHD_AccessHandlerCallback handler;
    MHD_RequestCompletedCallback completed;
    void *context;
    /// Receives the first complaint of the library, which is the reason when the start fails. Lives as long as the daemon.
    struct relay_mhd_complaint *complaint;
};

/// The first message that the library logged.
struct relay_mhd_complaint {
    int is_taken;
    char text[240];
};

/// Keeps the first message. Later ones are dropped: they are about single clients, and foreign input must not fill a log.
static void relay_mhd_log(void *context, const char *format, va_list arguments) {
    struct relay_mhd_complaint *complaint = (struct relay_mhd_complaint *)context;
    if (__atomic_exchange_n(&complaint->is_taken, 1, __ATOMIC_ACQ_REL) == 0)
        (void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
}

/// Leaves paths and queries as they came; Swift decodes them after splitting at '/', so that an encoded '/' survives.
static size_t relay_mhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static inline struct MHD_Daemon *relay_mhd_start(const struct relay_mhd_settings *s) {
    struct MHD_OptionItem items[16];
    size_t n = 0;
    // The logger comes first: it serves from where it stands in the list.
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)relay_mhd_log, s->complaint};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, s->listen_socket, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)s->completed, s->context};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT, s->connection_limit, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_TIMEOUT, s->idle_timeout_seconds, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)s->connection_memory_bytes, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)relay_mhd_keep_escapes, NULL};
    if (s->thread_count > 1)
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, s->thread_count, NULL};
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (s->certificate != NULL && s->key != NULL) {
        flags |= MHD_USE_TLS;
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->key};
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->certificate};
    }
    items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(flags, 0, NULL, NULL, s->handler, s->context, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

/// The connection's socket, or -1.
static inline int relay_mhd_connection_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/// What a content reader returns when there is nothing more.
static inline ssize_t relay_mhd_end_of_stream(void) { return MHD_CONTENT_READER_END_OF_STREAM; }

/// Keeps freed blocks of up to 32 MiB in the heap. 1 when both settings were taken.
static inline int relay_keep_large_blocks(void) {
    return mallopt(M_MMAP_THRESHOLD, 32 << 20) == 1 && mallopt(M_TRIM_THRESHOLD, 256 << 20) == 1;
}
