/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64 << 20, DESCRIPTORS = 4 };

static size_t on_bytes(char *bytes, size_t one, size_t length, void *arg)
{
  struct fetch *fetch = arg;
  char *longer;

  (void)one; /* always 1 */
  fetch->too_long = length > LONGEST - fetch->length;
  if (fetch->too_long)
    return 0;
  longer = realloc(fetch->bytes, fetch->length + length + 1);
  if (longer == NULL)
    return 0;
  memcpy(longer + fetch->length, bytes, length);
  fetch->bytes = longer;
  fetch->length += length;
  return length;
}

int fetch_open(struct fetch *fetch, const char *url, long limit_ms)
{
  memset(fetch, 0, sizeof *fetch);
  fetch->multi = curl_multi_init();
  fetch->easy = curl_easy_init();
  if (fetch->multi == NULL || fetch->easy == NULL ||
      curl_easy_setopt(fetch->easy, CURLOPT_URL, url) != CURLE_OK) {
    fetch_close(fetch);
    return -1;
  }
  /* These fail only if libcurl was built without what they are about. */
  (void)curl_easy_setopt(fetch->easy, CURLOPT_NOSIGNAL, 1L);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_FAILONERROR, 1L);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_FOLLOWLOCATION, 1L);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_MAXREDIRS, 5L);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_ACCEPT_ENCODING, "");
  (void)curl_easy_setopt(fetch->easy, CURLOPT_TIMEOUT_MS, limit_ms);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_ERRORBUFFER, fetch->trouble);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_WRITEFUNCTION, on_bytes);
  (void)curl_easy_setopt(fetch->easy, CURLOPT_WRITEDATA, fetch);
  return 0;
}

static void leave(struct fetch *fetch)
{
  if (fetch->busy)
    (void)curl_multi_remove_handle(fetch->multi, fetch->easy);
  fetch->busy = false;
}

void fetch_close(struct fetch *fetch)
{
  leave(fetch);
  curl_easy_cleanup(fetch->easy);
  (void)curl_multi_cleanup(fetch->multi);
  free(fetch->bytes);
  memset(fetch, 0, sizeof *fetch);
}

void fetch_start(struct fetch *fetch)
{
  free(fetch->bytes);
  fetch->bytes = NULL;
  fetch->length = 0;
  fetch->too_long = false;
  fetch->trouble[0] = '\0';
  fetch->busy = curl_multi_add_handle(fetch->multi, fetch->easy) == CURLM_OK;
}

void fetch_wait(struct fetch *fetch, const int *descriptors, unsigned count, int timeout_ms)
{
  struct curl_waitfd others[DESCRIPTORS];
  int running;

  for (unsigned i = 0; i < count && i < DESCRIPTORS; i++)
    others[i] = (struct curl_waitfd){.fd = descriptors[i], .events = CURL_WAIT_POLLIN};
  (void)curl_multi_perform(fetch->multi, &running);
  if (fetch->busy && running == 0)
    timeout_ms = 0; /* it has ended */
  (void)curl_multi_poll(fetch->multi, others, count, timeout_ms, NULL);
  (void)curl_multi_perform(fetch->multi, &running);
}

bool fetch_take(struct fetch *fetch, const char **trouble)
{
  CURLMsg *message;
  CURLcode result;
  int left;

  message = fetch->busy ? curl_multi_info_read(fetch->multi, &left) : NULL;
  if (message == NULL || message->msg != CURLMSG_DONE)
    return false;
  result = message->data.result;
  leave(fetch);
  *trouble = NULL;
  if (fetch->too_long)
    *trouble = "the answer is too long";
  else if (result != CURLE_OK)
    *trouble = fetch->trouble[0] != '\0' ? fetch->trouble : curl_easy_strerror(result);
  return true;
}
