/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <string.h>

struct span {
  const char *bytes;
  size_t length;
};

/* What the fields say, of those that matter. */
struct fields {
  unsigned hosts;
  bool close, keep_alive;
  bool length, coding; /* Content-Length, Transfer-Encoding were there */
  bool body;
  bool wrong;
};

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equals(struct span span, const char *word)
{
  return span.length == strlen(word) && memcmp(span.bytes, word, span.length) == 0;
}

static bool equals_in_any_case(struct span span, const char *word)
{
  size_t i = 0;

  while (i < span.length && word[i] != '\0' && lower(span.bytes[i]) == word[i])
    i++;
  return i == span.length && word[i] == '\0';
}

/* A method's or a field's name. */
static bool is_token(struct span span)
{
  static const char others[] = "!#$%&'*+-.^_`|~";

  for (size_t i = 0; i < span.length; i++) {
    const char c = lower(span.bytes[i]);
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
        (c == '\0' || strchr(others, c) == NULL))
      return false;
  }
  return span.length > 0;
}

static bool is_control(char c)
{
  return (unsigned char)c < 0x20 || c == 0x7f;
}

static struct span trimmed(struct span span)
{
  while (span.length > 0 && (span.bytes[0] == ' ' || span.bytes[0] == '\t')) {
    span.bytes++;
    span.length--;
  }
  while (span.length > 0 && (span.bytes[span.length - 1] == ' ' ||
                             span.bytes[span.length - 1] == '\t'))
    span.length--;
  return span;
}

/* Take what stands before the first ${end} off ${rest}; all of it if there is none, and then
 * false. */
static bool split(struct span *rest, char end, struct span *part)
{
  const char *at = rest->length > 0 ? memchr(rest->bytes, end, rest->length) : NULL;

  *part = *rest;
  if (at == NULL) {
    rest->length = 0;
    return false;
  }
  part->length = (size_t)(at - rest->bytes);
  rest->bytes = at + 1;
  rest->length -= part->length + 1;
  return true;
}

static struct span next_line(struct span *rest)
{
  struct span line;

  split(rest, '\n', &line);
  if (line.length > 0 && line.bytes[line.length - 1] == '\r')
    line.length--;
  return line;
}

size_t metrics_request_end(const char *bytes, size_t length, size_t seen)
{
  size_t at = 0;

  /* Empty lines before a request are to be forgiven, so they don't end it. */
  while (at < length && (bytes[at] == '\r' || bytes[at] == '\n'))
    at++;
  if (seen > at + 2)
    at = seen - 2; /* the end may have come in two pieces */
  for (; at < length; at++) {
    if (bytes[at] != '\n')
      continue;
    if (at + 1 < length && bytes[at + 1] == '\n')
      return at + 2;
    if (at + 2 < length && bytes[at + 1] == '\r' && bytes[at + 2] == '\n')
      return at + 3;
  }
  return 0;
}

static void read_connection(struct fields *fields, struct span value)
{
  struct span option;
  bool more;

  do {
    more = split(&value, ',', &option);
    option = trimmed(option);
    fields->close |= equals_in_any_case(option, "close");
    fields->keep_alive |= equals_in_any_case(option, "keep-alive");
  } while (more);
}

static void read_content_length(struct fields *fields, struct span value)
{
  fields->wrong |= fields->length || value.length == 0;
  fields->length = true;
  for (size_t i = 0; i < value.length; i++) {
    fields->wrong |= value.bytes[i] < '0' || value.bytes[i] > '9';
    fields->body |= value.bytes[i] != '0';
  }
}

static void read_field(struct fields *fields, struct span line)
{
  struct span name, value = line;

  /* A name that ends in a space, or a line that goes on with one before it, is an old trick. */
  if (!split(&value, ':', &name) || !is_token(name)) {
    fields->wrong = true;
    return;
  }
  value = trimmed(value);
  for (size_t i = 0; i < value.length; i++)
    fields->wrong |= is_control(value.bytes[i]) && value.bytes[i] != '\t';
  if (equals_in_any_case(name, "host")) {
    fields->hosts++;
  } else if (equals_in_any_case(name, "connection")) {
    read_connection(fields, value);
  } else if (equals_in_any_case(name, "content-length")) {
    read_content_length(fields, value);
  } else if (equals_in_any_case(name, "transfer-encoding")) {
    fields->coding = true;
    fields->body = true;
  }
}

/* "/metrics", also with a query, or as a proxy is asked for it. */
static bool is_metrics(struct span target)
{
  struct span path, rest = target;

  if (target.length > 7 && memcmp(target.bytes, "http://", 7) == 0) {
    rest.bytes += 7;
    rest.length -= 7;
    if (!split(&rest, '/', &path))
      return false;
    rest.bytes--;
    rest.length++;
  }
  split(&rest, '?', &path);
  return equals(path, "/metrics");
}

static bool is_version(struct span version)
{
  return version.length == 8 && memcmp(version.bytes, "HTTP/", 5) == 0 &&
         version.bytes[5] >= '0' && version.bytes[5] <= '9' && version.bytes[6] == '.' &&
         version.bytes[7] >= '0' && version.bytes[7] <= '9';
}

static bool is_target(struct span target)
{
  for (size_t i = 0; i < target.length; i++)
    if (is_control(target.bytes[i]) || target.bytes[i] == ' ')
      return false;
  return target.length > 0;
}

static struct fields read_fields(struct span rest)
{
  struct fields fields = {0};

  while (rest.length > 0) {
    struct span line = next_line(&rest);
    if (line.length > 0)
      read_field(&fields, line);
  }
  fields.wrong |= fields.length && fields.coding; /* two lengths: someone wants us to differ */
  return fields;
}

struct metrics_request metrics_request_read(const char *bytes, size_t length)
{
  struct metrics_request request = {.status = 400};
  struct span rest = {bytes, length}, line, method, target;

  do
    line = next_line(&rest);
  while (line.length == 0 && rest.length > 0);
  if (!split(&line, ' ', &method) || !split(&line, ' ', &target) || !is_token(method) ||
      !is_target(target) || !is_version(line))
    return request;
  if (line.bytes[5] != '1') {
    request.status = 505;
    return request;
  }

  const bool old = line.bytes[7] == '0'; /* HTTP/1.0 */
  const struct fields fields = read_fields(rest);
  if (fields.wrong || fields.hosts > 1 || (fields.hosts == 0 && !old))
    return request;
  /* A body would have to be read to its end: nobody needs that here. */
  request.keep_alive = !fields.close && (!old || fields.keep_alive) && !fields.body;
  request.head = equals(method, "HEAD");
  request.status = 200;
  if (!is_metrics(target))
    request.status = 404;
  else if (!request.head && !equals(method, "GET"))
    request.status = 405;
  return request;
}
