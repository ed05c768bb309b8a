/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

#include "endpoint.h"

enum { BACKLOG = 64 };

/* -- Collecting ------------------------------------------------------------------------------- */

static struct metrics_page *new_page(void)
{
  return calloc(1, sizeof(struct metrics_page));
}

/* On a thread of the pool. */
static void collect(uv_work_t *work)
{
  struct mpcc_metrics *metrics = work->data;
  struct metrics_page *page = metrics->fresh;
  const uint64_t start_ns = uv_hrtime();

  if (page == NULL)
    return;
  for (size_t i = 0; i < metrics->source_count; i++)
    metrics_source_read(&metrics->sources[i]);
  metrics_exposition_write(&page->text, metrics->sources, metrics->source_count);
  metrics_text_add(&page->text, "# HELP mpcc_info The library that tells these numbers.\n"
                                "# TYPE mpcc_info gauge\nmpcc_info{version=\"%s\"} 1\n"
                                "# HELP mpcc_collect_seconds What collecting them took.\n"
                                "# TYPE mpcc_collect_seconds gauge\nmpcc_collect_seconds ",
                   mpcc_version());
  metrics_text_add_scaled(&page->text, uv_hrtime() - start_ns, 9);
  metrics_text_add(&page->text, "\n");
}

static void on_collected(uv_work_t *work, int status);

static void begin_collecting(struct mpcc_metrics *metrics)
{
  metrics->collecting = true;
  metrics->begun++;
  metrics->fresh = new_page();
  if (metrics->fresh != NULL)
    metrics->fresh->users = 1;
  metrics->work.data = metrics;
  /* It is refused only if there is no function to call. */
  (void)uv_queue_work(metrics->loop, &metrics->work, collect, on_collected);
}

static void give_back(struct metrics_page *page)
{
  if (page == NULL || --page->users > 0)
    return;
  metrics_text_free(&page->text);
  free(page);
}

static void finish_if_closed(struct mpcc_metrics *metrics);

static void on_collected(uv_work_t *work, int status)
{
  struct mpcc_metrics *metrics = work->data;
  struct metrics_page *page = metrics->fresh;
  bool more = false;

  metrics->collecting = false;
  metrics->fresh = NULL;
  if (page != NULL && (status != 0 || page->text.failed)) {
    give_back(page);
    page = NULL;
  }
  for (size_t i = 0; i < CONNECTIONS && !metrics->closing; i++) {
    struct metrics_connection *connection = &metrics->connections[i];

    if (connection->state != WAITING)
      continue;
    /* Who asked when this was under way gets numbers from after that. */
    if (connection->asked < metrics->begun)
      metrics_connection_answer(connection, page);
    else
      more = true;
  }
  give_back(page);
  if (more && !metrics->collecting)
    begin_collecting(metrics);
  finish_if_closed(metrics);
}

void metrics_want(struct metrics_connection *connection)
{
  connection->asked = connection->metrics->begun;
  if (!connection->metrics->collecting)
    begin_collecting(connection->metrics);
}

/* -- Accepting -------------------------------------------------------------------------------- */

/* A place for one more; or NULL, and then a connection that only waits is closed, to make one. */
static struct metrics_connection *find_place(struct mpcc_metrics *metrics)
{
  struct metrics_connection *idle = NULL;

  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct metrics_connection *connection = &metrics->connections[i];

    if (connection->state == FREE)
      return connection;
    if (metrics_connection_is_idle(connection) &&
        (idle == NULL || connection->idle_since < idle->idle_since))
      idle = connection;
  }
  if (idle != NULL)
    metrics_connection_close(idle);
  return NULL;
}

/* Until uv_accept() is called, libuv asks no more, and others wait in the system's queue. */
static void on_connection(uv_stream_t *listener, int status)
{
  struct mpcc_metrics *metrics = listener->data;
  struct metrics_connection *place;

  if (status != 0 || metrics->closing)
    return;
  place = find_place(metrics);
  metrics->accept_held = place == NULL;
  if (place != NULL)
    metrics_connection_accept(place);
}

void metrics_make_room(struct mpcc_metrics *metrics)
{
  if (metrics->accept_held && !metrics->closing)
    on_connection((uv_stream_t *)&metrics->listener, 0);
  finish_if_closed(metrics);
}

/* -- Life ------------------------------------------------------------------------------------- */

static void free_metrics(struct mpcc_metrics *metrics)
{
  for (size_t i = 0; i < metrics->source_count; i++)
    metrics_source_close(&metrics->sources[i]);
  free(metrics->sources);
  free(metrics);
}

static void finish_if_closed(struct mpcc_metrics *metrics)
{
  mpcc_metrics_closed_cb closed = metrics->closed;
  void *arg = metrics->closed_arg;

  if (!metrics->closing || metrics->listening || metrics->collecting)
    return;
  for (size_t i = 0; i < CONNECTIONS; i++)
    if (metrics->connections[i].state != FREE)
      return;
  free_metrics(metrics);
  if (closed != NULL)
    closed(arg);
}

static void on_listener_closed(uv_handle_t *handle)
{
  struct mpcc_metrics *metrics = handle->data;

  metrics->listening = false;
  finish_if_closed(metrics);
}

void mpcc_metrics_close(mpcc_metrics_t *metrics, mpcc_metrics_closed_cb closed, void *arg)
{
  if (metrics == NULL)
    return;
  metrics->closing = true;
  metrics->closed = closed;
  metrics->closed_arg = arg;
  for (size_t i = 0; i < CONNECTIONS; i++)
    metrics_connection_close(&metrics->connections[i]);
  uv_close((uv_handle_t *)&metrics->listener, on_listener_closed);
}

static bool are_named(const struct mpcc_metrics_instance *instances, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (instances[i].mpcc == NULL || instances[i].name == NULL)
      return false;
    for (size_t j = 0; j < i; j++)
      if (strcmp(instances[i].name, instances[j].name) == 0)
        return false;
  }
  return count > 0;
}

static int open_sources(struct mpcc_metrics *metrics,
                        const struct mpcc_metrics_instance *instances, size_t count)
{
  metrics->sources = calloc(count, sizeof *metrics->sources);
  if (metrics->sources == NULL)
    return UV_ENOMEM;
  for (size_t i = 0; i < count; i++) {
    metrics->source_count++;
    if (metrics_source_open(&metrics->sources[i], instances[i].mpcc, instances[i].name,
                            instances[i].slot_limit) != 0)
      return UV_ENOMEM;
  }
  return 0;
}

static int parse_address(const char *address, int port, struct sockaddr_storage *parsed)
{
  if (address == NULL || port < 0 || port > 65535)
    return UV_EINVAL;
  if (uv_ip4_addr(address, port, (struct sockaddr_in *)parsed) == 0)
    return 0;
  return uv_ip6_addr(address, port, (struct sockaddr_in6 *)parsed);
}

static int listen_on(struct mpcc_metrics *metrics, const struct sockaddr_storage *address)
{
  int err = uv_tcp_bind(&metrics->listener, (const struct sockaddr *)address, 0);

  return err != 0 ? err
                  : uv_listen((uv_stream_t *)&metrics->listener, BACKLOG, on_connection);
}

int mpcc_metrics_serve(mpcc_metrics_t **out, uv_loop_t *loop, const char *address, int port,
                       const struct mpcc_metrics_instance *instances, size_t instance_count)
{
  struct sockaddr_storage parsed;
  struct mpcc_metrics *metrics;
  int err = parse_address(address, port, &parsed);

  if (err != 0 || !are_named(instances, instance_count))
    return UV_EINVAL;
  metrics = calloc(1, sizeof *metrics);
  if (metrics == NULL)
    return UV_ENOMEM;
  metrics->loop = loop;
  metrics->listener.data = metrics;
  for (size_t i = 0; i < CONNECTIONS; i++)
    metrics->connections[i].metrics = metrics;
  err = open_sources(metrics, instances, instance_count);
  if (err == 0)
    err = uv_tcp_init(loop, &metrics->listener);
  if (err != 0) {
    free_metrics(metrics);
    return err;
  }
  metrics->listener.data = metrics;
  metrics->listening = true;
  err = listen_on(metrics, &parsed);
  if (err != 0)
    mpcc_metrics_close(metrics, NULL, NULL); /* it is freed by the loop's next turn */
  else
    *out = metrics;
  return err;
}

int mpcc_metrics_port(const mpcc_metrics_t *metrics)
{
  struct sockaddr_storage address;
  int length = (int)sizeof address;

  if (uv_tcp_getsockname(&metrics->listener, (struct sockaddr *)&address, &length) != 0)
    return 0;
  return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                             : ((struct sockaddr_in *)&address)->sin_port);
}
