/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Getting a page over HTTP while something else may happen: libcurl's multi interface. */
#ifndef TOP_FETCH_H
#define TOP_FETCH_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct fetch {
  CURLM *multi;
  CURL *easy;
  bool busy;
  char *bytes;  /* of the answer, when it has come */
  size_t length;
  bool too_long;
  char trouble[CURL_ERROR_SIZE];
};

/* 0, or -1: libcurl has no memory. The time limit is for each fetch. */
int fetch_open(struct fetch *fetch, const char *url, long limit_ms);
void fetch_close(struct fetch *fetch);

void fetch_start(struct fetch *fetch);

/* Wait until something happens to the fetch or one of the descriptors can be read, or for
 * ${timeout_ms}; and do what there is to do. */
void fetch_wait(struct fetch *fetch, const int *descriptors, unsigned count, int timeout_ms);

/* Whether a fetch has ended, once: then the answer is there, or *trouble says why not. */
bool fetch_take(struct fetch *fetch, const char **trouble);

#endif
