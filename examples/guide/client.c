/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "client.h"
#include "guide.h"

static void *run(void *arg)
{
  struct client *client = arg;

  pthread_mutex_lock(&client->lock);
  while (!client->ends) {
    if (client->count == 0) {
      pthread_cond_wait(&client->changed, &client->lock);
      continue;
    }
    uint64_t request = client->requests[client->head];
    client->head = (client->head + 1) % CLIENT_ROOM;
    client->count--;
    pthread_mutex_unlock(&client->lock);
    pause_ms(1);
    client->on_reply(request, 0, client->arg);
    pthread_mutex_lock(&client->lock);
  }
  pthread_mutex_unlock(&client->lock);
  return NULL;
}

bool client_open(struct client *client, client_reply_cb *on_reply, void *arg)
{
  *client = (struct client){.on_reply = on_reply, .arg = arg};
  if (pthread_mutex_init(&client->lock, NULL) != 0 ||
      pthread_cond_init(&client->changed, NULL) != 0)
    return false;
  return pthread_create(&client->thread, NULL, run, client) == 0;
}

bool client_send(struct client *client, uint64_t request)
{
  pthread_mutex_lock(&client->lock);
  bool sent = client->count < CLIENT_ROOM;
  bool lost = sent && ++client->sent % CLIENT_LOSES == 0;
  if (sent && !lost) {
    client->requests[(client->head + client->count) % CLIENT_ROOM] = request;
    client->count++;
    pthread_cond_signal(&client->changed);
  }
  pthread_mutex_unlock(&client->lock);
  return sent;
}

void client_close(struct client *client)
{
  pthread_mutex_lock(&client->lock);
  client->ends = true;
  pthread_cond_signal(&client->changed);
  pthread_mutex_unlock(&client->lock);
  is_true(pthread_join(client->thread, NULL) == 0, "the client's thread has ended");
  pthread_cond_destroy(&client->changed);
  pthread_mutex_destroy(&client->lock);
}
