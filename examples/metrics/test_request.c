/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * request.c: a table of requests; each also in pieces cut anywhere, and with bytes changed at
 * random, which may change the answer but nothing else.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

enum { CHANGES = 4000, LONGEST = 512 };

static const struct expected {
  const char *text;
  int status;
  bool head, keep_alive;
} requests[] = {
    {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 200, false, true},
    {"GET /metrics HTTP/1.1\nHost: a\n\n", 200, false, true},
    {"\r\n\r\nGET /metrics HTTP/1.1\r\nHost:\r\n\r\n", 200, false, true},
    {"HEAD /metrics HTTP/1.1\r\nhOST: a\r\n\r\n", 200, true, true},
    {"GET /metrics?name=a&b HTTP/1.1\r\nHost: a\r\n\r\n", 200, false, true},
    {"GET http://a:1/metrics HTTP/1.1\r\nHost: a\r\n\r\n", 200, false, true},
    {"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, true},
    {"GET /metrics HTTP/1.0\r\n\r\n", 200, false, false},
    {"GET /metrics HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200, false, true},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: foo , Close\r\n\r\n", 200, false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, true},
    {"GET /metricsx HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, true},
    {"GET /Metrics HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, true},
    {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405, false, true},
    {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n", 405, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 200, false, false},
    {"get /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405, false, true},
    {"PRI * HTTP/2.0\r\n\r\n", 505, false, false},
    /* No Host, or two. */
    {"GET /metrics HTTP/1.1\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, false, false},
    /* Not HTTP. */
    {"GET /metrics\r\n\r\n", 400, false, false},
    {"GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1 \r\nHost: a\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/11\r\nHost: a\r\n\r\n", 400, false, false},
    {"GET /metrics\t HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false},
    {" GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false},
    {"G(T /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false},
    {"\026\003\001\002 \r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400,
     false, false},
    {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\n", 400,
     false, false},
};
enum { REQUESTS = sizeof requests / sizeof requests[0] };

static const char *now; /* the request that is looked at */

static void check(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "FAILED: %s, with\n%s", what, now);
  exit(1);
}

/* The answer to a copy in memory of just that size, so that a sanitizer sees a byte too many. */
static struct metrics_request answer(const char *bytes, size_t length)
{
  struct metrics_request request;
  char *copy = malloc(length == 0 ? 1 : length);

  if (copy == NULL)
    abort();
  memcpy(copy, bytes, length);
  request = metrics_request_read(copy, length);
  free(copy);
  return request;
}

static void is_answered_as_expected(const struct expected *expected)
{
  const size_t length = strlen(expected->text);
  struct metrics_request request = answer(expected->text, length);

  check(metrics_request_end(expected->text, length, 0) == length, "its end is found");
  check(request.status == expected->status, "the status");
  if (request.status != 400) {
    check(request.head == expected->head, "whether there is a body");
    check(request.keep_alive == expected->keep_alive, "whether the connection goes on");
  }
}

/* However it comes, its end is found with its last byte, and not before; nor by what follows. */
static void is_found_in_pieces(const struct expected *expected)
{
  const size_t length = strlen(expected->text);
  char two[2 * LONGEST];

  for (size_t cut = 0; cut < length; cut++)
    check(metrics_request_end(expected->text, cut, 0) == 0, "no end before the end");
  for (size_t cut = 0; cut < length; cut++)
    check(metrics_request_end(expected->text, length, cut) == length, "the end in two pieces");
  memcpy(two, expected->text, length);
  memcpy(two + length, expected->text, length);
  check(metrics_request_end(two, 2 * length, 0) == length, "the end of the first of two");
}

static uint64_t chance = 1;

static size_t below(size_t limit)
{
  chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (size_t)(chance >> 33) % limit;
}

/* Whatever comes is answered with a status that there is. */
static size_t survives_changes(const struct expected *expected)
{
  size_t length = strlen(expected->text), good = 0;
  char text[LONGEST];

  for (int i = 0; i < CHANGES; i++) {
    memcpy(text, expected->text, length);
    for (size_t changes = 1 + below(4); changes > 0; changes--)
      text[below(length)] = "\r\n :\0/HT1,\tz\377"[below(13)];
    struct metrics_request request = answer(text, length);
    check(request.status == 200 || request.status == 400 || request.status == 404 ||
              request.status == 405 || request.status == 505,
          "a status that there is");
    check(request.status != 400 || !request.keep_alive, "a wrong request is the last");
    check(metrics_request_end(text, length, 0) <= length, "an end inside");
    good += request.status == 200;
  }
  return good;
}

int main(void)
{
  size_t good = 0;

  for (size_t i = 0; i < REQUESTS; i++) {
    now = requests[i].text;
    is_answered_as_expected(&requests[i]);
    is_found_in_pieces(&requests[i]);
    good += survives_changes(&requests[i]);
  }
  check(good > REQUESTS && good < REQUESTS * (size_t)CHANGES, "changes are of both kinds");
  printf("%d requests, each in every two pieces and with %d changes\n", REQUESTS, CHANGES);
  return 0;
}
