#pragma once
// curl_easy_setopt and its relatives are variadic, which Swift cannot call, and take any pointer without a complaint:
// a wrong type corrupts memory silently. So there is one function for each type of argument, and none that takes "void *"
// for everything. The parentheses around the names skip curl's own type-checking macros, which work on literals only.
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or later is needed (CURLOPT_PROTOCOLS_STR, CURLOPT_PREREQFUNCTION)"
#endif

static inline CURLcode easy_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

/// curl copies the string, except for CURLOPT_POSTFIELDS, which must not be set with this function.
static inline CURLcode easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

/// curl keeps the pointer: the list must live until the transfer has been removed.
static inline CURLcode easy_set_headers(CURL *easy, struct curl_slist *list) {
    return (curl_easy_setopt)(easy, CURLOPT_HTTPHEADER, list);
}

/// curl writes CURL_ERROR_SIZE bytes at most into the buffer, which must live as long as the handle.
static inline CURLcode easy_set_error_buffer(CURL *easy, char *buffer) {
    return (curl_easy_setopt)(easy, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode easy_set_private(CURL *easy, void *context) {
    return (curl_easy_setopt)(easy, CURLOPT_PRIVATE, context);
}

static inline CURLcode easy_set_read(CURL *easy, curl_read_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_READFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_READDATA, context);
}

static inline CURLcode easy_set_seek(CURL *easy, curl_seek_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_SEEKDATA, context);
}

static inline CURLcode easy_set_write(CURL *easy, curl_write_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_WRITEDATA, context);
}

static inline CURLcode easy_set_header(CURL *easy, curl_write_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_HEADERDATA, context);
}

static inline CURLcode easy_set_prerequest(CURL *easy, curl_prereq_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_PREREQDATA, context);
}

static inline CURLcode easy_set_socket_option(CURL *easy, curl_sockopt_callback callback, void *context) {
    CURLcode result = (curl_easy_setopt)(easy, CURLOPT_SOCKOPTFUNCTION, callback);
    return result ? result : (curl_easy_setopt)(easy, CURLOPT_SOCKOPTDATA, context);
}

static inline CURLcode easy_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode easy_get_private(CURL *easy, void **context) {
    return (curl_easy_getinfo)(easy, CURLINFO_PRIVATE, (char **)context);
}

static inline CURLMcode multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

/// The message's result, which is in a union.
static inline CURLcode message_result(const CURLMsg *message) { return message->data.result; }

/// What a request still has in the kernel must not outlive the request: closing the socket discards it (a reset instead
/// of an orderly end), and a peer that does not take it for `milliseconds` ends the connection. A send buffer of 0 bytes is
/// the system's choice.
static inline void bound_socket(curl_socket_t descriptor, unsigned int milliseconds, int send_buffer_bytes) {
    struct linger discard = {1, 0};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &discard, sizeof discard);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    if (send_buffer_bytes > 0) {
        (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
    }
}
