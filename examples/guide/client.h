/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Stands for an asynchronous client library: requests are sent by number, and answered later by a
 * callback on the client's own thread. Each seventh request is never answered.
 */
#ifndef GUIDE_CLIENT_H
#define GUIDE_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef void client_reply_cb(uint64_t request, int status, void *arg);

enum { CLIENT_ROOM = 64, CLIENT_LOSES = 7 };

struct client {
  pthread_t thread;
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  uint64_t requests[CLIENT_ROOM];
  unsigned head, count;
  unsigned long sent;
  bool ends;
  client_reply_cb *on_reply; /* constant, as is arg */
  void *arg;
};

bool client_open(struct client *client, client_reply_cb *on_reply, void *arg);

/* False if too many requests are under way. */
bool client_send(struct client *client, uint64_t request);

/* Requests that are still under way are not answered any more. */
void client_close(struct client *client);

#endif
