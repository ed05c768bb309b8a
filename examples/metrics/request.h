/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What an HTTP/1 request asks for. Only what the endpoint must know is read: the request line,
 * and, of the fields, Host, Connection and whether there is a body. That is why there is no library
 * for it: Debian 12 has http-parser, which its authors have given up in favour of llhttp, and
 * llhttp only inside Node.js; libmicrohttpd brings sockets and a loop of its own.
 *
 * What is not HTTP is refused, not guessed at (RFC 9112); a line may end without a carriage return,
 * since people type requests.
 */
#ifndef METRICS_REQUEST_H
#define METRICS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct metrics_request {
  int status;      /* of the answer: 200, 400, 404, 405, 505 */
  bool head;       /* HEAD: the answer has no body */
  bool keep_alive; /* the connection goes on after the answer */
};

/* How many of the bytes are the head of a request, with its empty line; 0 if that has not come
 * yet. The first ${seen} bytes were looked at before, and it was not among them. */
size_t metrics_request_end(const char *bytes, size_t length, size_t seen);

/* What a head of that many bytes asks for. */
struct metrics_request metrics_request_read(const char *bytes, size_t length);

#endif
