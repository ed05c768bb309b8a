/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * AMQP 0-9-1 on the wire: bytes as they come, cut into frames. Nothing of librabbitmq: what checks
 * the example should not share its opinions.
 */
#ifndef RABBITMQ_FRAMES_H
#define RABBITMQ_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_METHOD = 1, FRAME_HEADER = 2, FRAME_BODY = 3, FRAME_HEAD = 7, FRAME_KEPT = 512 };

struct frame {
  int type;
  unsigned channel;
  size_t size; /* of the payload, of which at most FRAME_KEPT bytes are kept */
  const uint8_t *payload;
};

typedef void (*frame_cb)(const struct frame *frame, void *arg);

struct frames {
  frame_cb cb;
  void *arg;
  size_t greeting; /* bytes of the client's protocol header still to come */
  size_t had;      /* bytes of this frame that have come */
  uint8_t head[FRAME_HEAD];
  uint8_t kept[FRAME_KEPT];
  bool broken; /* what came was no AMQP */
};

void frames_open(struct frames *frames, bool from_client, frame_cb cb, void *arg);

/* Calls cb for each frame that ends within these bytes. */
void frames_feed(struct frames *frames, const uint8_t *bytes, size_t count);

/* The number of ${size} bytes, at most 8, at ${at}; 0 beyond what was kept. */
uint64_t frame_number(const struct frame *frame, size_t at, size_t size);

#endif
