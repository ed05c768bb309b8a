/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <string.h>

enum { GREETING = 8, FRAME_END = 0xCE };

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
  uint64_t value = 0;

  for (size_t i = 0; i < size; i++)
    value = value << 8 | bytes[i];
  return value;
}

uint64_t frame_number(const struct frame *frame, size_t at, size_t size)
{
  const size_t kept = frame->size < FRAME_KEPT ? frame->size : FRAME_KEPT;

  return at + size <= kept ? big_endian(frame->payload + at, size) : 0;
}

void frames_open(struct frames *frames, bool from_client, frame_cb cb, void *arg)
{
  memset(frames, 0, sizeof *frames);
  frames->cb = cb;
  frames->arg = arg;
  frames->greeting = from_client ? GREETING : 0;
}

static size_t payload_size(const struct frames *frames)
{
  return (size_t)big_endian(frames->head + 3, 4);
}

static void end_frame(struct frames *frames, uint8_t end)
{
  const struct frame frame = {
      .type = frames->head[0],
      .channel = (unsigned)big_endian(frames->head + 1, 2),
      .size = payload_size(frames),
      .payload = frames->kept,
  };

  frames->broken = end != FRAME_END;
  frames->had = 0;
  if (!frames->broken)
    frames->cb(&frame, frames->arg);
}

static void take_byte(struct frames *frames, uint8_t byte)
{
  const size_t at = frames->had;

  if (frames->greeting > 0) {
    frames->greeting--;
    return;
  }
  if (at < FRAME_HEAD) {
    frames->head[at] = byte;
  } else if (at - FRAME_HEAD == payload_size(frames)) {
    end_frame(frames, byte);
    return;
  } else if (at - FRAME_HEAD < FRAME_KEPT) {
    frames->kept[at - FRAME_HEAD] = byte;
  }
  frames->had++;
}

void frames_feed(struct frames *frames, const uint8_t *bytes, size_t count)
{
  for (size_t i = 0; i < count && !frames->broken; i++)
    take_byte(frames, bytes[i]);
}
