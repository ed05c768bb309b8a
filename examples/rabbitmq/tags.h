/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The delivery tags of a channel that are delivered and not yet acknowledged, and what of a batch
 * one frame may acknowledge.
 *
 * basic.ack with "multiple" covers every tag up to the one it names. It is right only if all of
 * those are processed: so for a run that begins with the oldest tag outstanding. A tag behind a gap
 * is acknowledged alone. There are never more tags outstanding than the prefetch.
 */
#ifndef RABBITMQ_TAGS_H
#define RABBITMQ_TAGS_H

#include <stddef.h>
#include <stdint.h>

struct tags {
  uint64_t *tag; /* ascending */
  size_t count, room;
};

/* For ${room} tags at most, the prefetch. Returns 0, or -1: out of memory. */
int tags_open(struct tags *tags, size_t room);
void tags_close(struct tags *tags);

/* Delivered: ${tag} is larger than every one before. Returns 0, or -1 when there are too many. */
int tags_add(struct tags *tags, uint64_t tag);

/* The channel is gone, and its tags mean nothing any more. */
void tags_clear(struct tags *tags);

/*
 * ${batch}, ${count} tags in any order, is processed and about to be acknowledged. Sorts it, and
 * returns how many of its first tags are the oldest outstanding ones without a gap: they may go
 * in one frame, the others one by one. All of them are then outstanding no more.
 */
size_t tags_take(struct tags *tags, uint64_t *batch, size_t count);

#endif
