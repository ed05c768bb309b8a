/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* <uv.h> needs it under -std=c11 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "endpoint.h"

enum { REQUEST_MS = 10000, WRITE_MS = 30000, LINGER_MS = 2000, KEEP_ALIVE_MS = 75000 };

static void begin_reading(struct metrics_connection *connection);

static void release_page(struct metrics_connection *connection)
{
  struct metrics_page *page = connection->page;

  connection->page = NULL;
  if (page == NULL || --page->users > 0)
    return;
  metrics_text_free(&page->text);
  free(page);
}

/* -- The end ---------------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle)
{
  struct metrics_connection *connection = handle->data;

  if (--connection->open_handles > 0)
    return;
  release_page(connection); /* the callback of a write has come by now */
  connection->state = FREE;
  metrics_make_room(connection->metrics);
}

void metrics_connection_close(struct metrics_connection *connection)
{
  if (connection->state == FREE || connection->state == CLOSING)
    return;
  connection->state = CLOSING;
  uv_close((uv_handle_t *)&connection->tcp, on_handle_closed);
  uv_close((uv_handle_t *)&connection->timer, on_handle_closed);
}

static void on_timer(uv_timer_t *timer);

/* A timer that belongs to a loop and is not closing always starts. */
static void set_timeout(struct metrics_connection *connection, uint64_t timeout_ms)
{
  (void)uv_timer_start(&connection->timer, on_timer, timeout_ms, 0);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
  struct metrics_connection *connection = shutdown->data;

  if (connection->state != CLOSING && status != 0)
    metrics_connection_close(connection);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
  struct metrics_connection *connection = handle->data;

  (void)size;
  buffer->base = connection->in + connection->in_length;
  buffer->len = sizeof connection->in - connection->in_length;
}

/* What still comes is thrown away, until the peer closes or LINGER_MS have gone. */
static void on_lingering(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct metrics_connection *connection = stream->data;

  (void)buffer;
  connection->in_length = 0;
  if (length < 0)
    metrics_connection_close(connection);
}

static void linger(struct metrics_connection *connection)
{
  connection->state = LINGERING;
  connection->in_length = 0;
  connection->shutdown.data = connection;
  set_timeout(connection, LINGER_MS);
  if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shutdown) != 0 ||
      uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_lingering) != 0)
    metrics_connection_close(connection);
}

/* -- Answering -------------------------------------------------------------------------------- */

static void on_written(uv_write_t *write, int status)
{
  struct metrics_connection *connection = write->data;

  release_page(connection);
  connection->metrics->answers++;
  if (connection->state == CLOSING)
    return;
  if (status != 0)
    metrics_connection_close(connection);
  else if (connection->request.keep_alive)
    begin_reading(connection);
  else
    linger(connection);
}

static const char *reason(int status)
{
  switch (status) {
  case 200: return "OK";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 431: return "Request Header Fields Too Large";
  case 503: return "Service Unavailable";
  case 505: return "HTTP Version Not Supported";
  default: return "Bad Request";
  }
}

/* As the header has it, in no locale's words. */
static void print_date(char date[32])
{
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const time_t now = time(NULL);
  struct tm utc;

  if (gmtime_r(&now, &utc) == NULL)
    memset(&utc, 0, sizeof utc);
  snprintf(date, 32, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * (utc.tm_wday % 7),
           (unsigned)utc.tm_mday % 100, months + 3 * (utc.tm_mon % 12),
           (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
           (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
}

static void write_answer(struct metrics_connection *connection, const char *type, const char *body,
                         size_t length)
{
  const struct metrics_request *request = &connection->request;
  uv_buf_t buffers[2];
  char date[32];
  int head_length;

  print_date(date);
  head_length = snprintf(connection->head, sizeof connection->head,
                         "HTTP/1.1 %d %s\r\nDate: %s\r\n%sContent-Type: %s\r\n"
                         "Content-Length: %zu\r\nConnection: %s\r\n\r\n",
                         request->status, reason(request->status), date,
                         request->status == 405 ? "Allow: GET, HEAD\r\n" : "", type, length,
                         request->keep_alive ? "keep-alive" : "close");
  buffers[0] = uv_buf_init(connection->head, (unsigned)head_length);
  buffers[1] = uv_buf_init((char *)(uintptr_t)body, (unsigned)length);
  connection->state = WRITING;
  connection->write.data = connection;
  set_timeout(connection, WRITE_MS);
  if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp, buffers,
               request->head || length == 0 ? 1 : 2, on_written) != 0) {
    release_page(connection);
    metrics_connection_close(connection);
  }
}

static void refuse(struct metrics_connection *connection, int status)
{
  static const char sorry[] = "There is GET /metrics here, and nothing else.\n";

  connection->request.status = status;
  write_answer(connection, "text/plain; charset=utf-8", sorry, sizeof sorry - 1);
}

void metrics_connection_answer(struct metrics_connection *connection, struct metrics_page *page)
{
  static const char sorry[] = "out of memory\n";

  if (page == NULL) {
    connection->request.status = 503;
    write_answer(connection, "text/plain; charset=utf-8", sorry, sizeof sorry - 1);
    return;
  }
  page->users++;
  connection->page = page;
  write_answer(connection, "text/plain; version=0.0.4; charset=utf-8", page->text.bytes,
               page->text.length);
}

/* -- Reading ---------------------------------------------------------------------------------- */

/* Answer the request that is there, or false: it has not come to its end. */
static bool take_request(struct metrics_connection *connection)
{
  const size_t end = metrics_request_end(connection->in, connection->in_length,
                                         connection->in_seen);

  connection->in_seen = connection->in_length;
  if (end == 0)
    return false;
  connection->request = metrics_request_read(connection->in, end);
  /* What follows is the next request, if the connection goes on. */
  connection->in_length -= end;
  connection->in_seen = 0;
  memmove(connection->in, connection->in + end, connection->in_length);
  (void)uv_read_stop((uv_stream_t *)&connection->tcp);
  if (connection->request.status != 200) {
    refuse(connection, connection->request.status);
    return true;
  }
  (void)uv_timer_stop(&connection->timer);
  connection->state = WAITING;
  metrics_want(connection);
  return true;
}

/* No request could be read: say why, and that is all. */
static void give_up(struct metrics_connection *connection, int status)
{
  (void)uv_read_stop((uv_stream_t *)&connection->tcp);
  memset(&connection->request, 0, sizeof connection->request);
  refuse(connection, status);
}

static void on_timer(uv_timer_t *timer)
{
  struct metrics_connection *connection = timer->data;

  if (connection->state == READING && connection->in_length > 0)
    give_up(connection, 408);
  else
    metrics_connection_close(connection);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct metrics_connection *connection = stream->data;

  (void)buffer;
  if (length < 0) {
    metrics_connection_close(connection);
    return;
  }
  /* The time for a request begins with its first byte, and no other byte makes it longer. */
  if (connection->in_length == 0 && length > 0)
    set_timeout(connection, REQUEST_MS);
  connection->in_length += (size_t)length;
  if (!take_request(connection) && connection->in_length == sizeof connection->in)
    give_up(connection, 431);
}

bool metrics_connection_is_idle(const struct metrics_connection *connection)
{
  return connection->state == READING && connection->in_length == 0 &&
         connection->idle_since > 0;
}

static void begin_reading(struct metrics_connection *connection)
{
  connection->state = READING;
  connection->idle_since = connection->metrics->answers;
  connection->in_seen = 0;
  if (connection->in_length > 0 && take_request(connection))
    return;
  set_timeout(connection, connection->in_length > 0 ? REQUEST_MS : KEEP_ALIVE_MS);
  if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) != 0)
    metrics_connection_close(connection);
  else if (metrics_connection_is_idle(connection))
    metrics_make_room(connection->metrics);
}

void metrics_connection_accept(struct metrics_connection *connection)
{
  struct mpcc_metrics *metrics = connection->metrics;

  if (uv_tcp_init(metrics->loop, &connection->tcp) != 0)
    return; /* without a socket to make, it never fails */
  (void)uv_timer_init(metrics->loop, &connection->timer);
  connection->tcp.data = connection;
  connection->timer.data = connection;
  connection->open_handles = 2;
  connection->page = NULL;
  connection->in_length = 0;
  connection->state = READING;
  if (uv_accept((uv_stream_t *)&metrics->listener, (uv_stream_t *)&connection->tcp) != 0) {
    metrics_connection_close(connection);
    return;
  }
  begin_reading(connection);
  connection->idle_since = 0; /* never answered: not to be closed for another's sake */
  set_timeout(connection, REQUEST_MS);
}
