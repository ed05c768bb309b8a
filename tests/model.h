/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A model of one slot, as plain as the header: a row of items, a mark up to which they are flushed
 * and one up to which they are discarded, and the batches in flight. It is told what the test does
 * and reads the calls that the library made; it answers with a complaint, or NULL. Manual instances
 * without an interval or with interval 0, and retries without a delay.
 *
 * An item is its slot, its number in the slot and, in its lowest byte, its weight.
 */
#ifndef MPCC_TESTS_MODEL_H
#define MPCC_TESTS_MODEL_H

#include "harness.h"

enum { MODEL_ITEMS = 4096, MODEL_FLIGHT = 8, MODEL_WEIGHT_MASK = 255 };

enum flight_state { FLIGHT_NONE, FLIGHT_OUT, FLIGHT_DONE, FLIGHT_AGAIN };

struct flight {
  enum flight_state state;
  uint64_t id;
  uint32_t first, count, attempt;
  int status;     /* of FLIGHT_DONE and FLIGHT_AGAIN */
  bool discarded; /* not to be tried again */
  bool cancel;    /* on_cancel is owed */
};

struct model {
  const mpcc_options_t *options;
  uint32_t slot;
  bool drains;
  uint64_t items[MODEL_ITEMS];
  uint32_t tail, head; /* pushed; taken or dropped */
  uint32_t flushed, discarded;
  struct flight flights[MODEL_FLIGHT];
  uint64_t delivered, dropped;
};

/* What a batch's pump answers is decided by its first item and the try. */
static inline int model_answer(uint64_t item, uint32_t attempt)
{
  uint64_t mixed = (item + attempt * 77) * UINT64_C(0x9e3779b97f4a7c15) >> 60;
  return mixed < 8 ? MPCC_PENDING : mixed < 12 ? 0 : -(int)mixed;
}

/* And whether that pump first discards its slot. */
static inline bool model_discards(uint64_t item, uint32_t attempt)
{
  return (item + attempt * 99) * UINT64_C(0xd1342543de82ef95) >> 59 == 7;
}

static inline size_t model_weight(uint64_t item)
{
  return item & MODEL_WEIGHT_MASK;
}

/* The item that would be pushed after ${ahead} others. */
static inline uint64_t model_item(const struct model *model, size_t ahead, size_t weight)
{
  return (uint64_t)model->slot << 48 | (uint64_t)(model->tail + ahead) << 8 | weight;
}

static inline void model_push(struct model *model, uint64_t item)
{
  model->items[model->tail++] = item;
}

static inline uint32_t model_queued(const struct model *model)
{
  return model->tail - model->head;
}

static inline uint32_t model_room(const struct model *model)
{
  size_t capacity = model->options->capacity;
  return capacity == 0 ? MODEL_ITEMS : (uint32_t)(capacity - model_queued(model));
}

static inline uint32_t model_in_flight(const struct model *model)
{
  uint32_t count = 0;
  for (size_t i = 0; i < MODEL_FLIGHT; i++)
    count += model->flights[i].state != FLIGHT_NONE;
  return count;
}

static inline void model_discard(struct model *model)
{
  model->discarded = model->tail;
  for (size_t i = 0; i < MODEL_FLIGHT; i++) {
    struct flight *flight = &model->flights[i];
    flight->cancel |= flight->state == FLIGHT_OUT && !flight->discarded;
    flight->discarded |= flight->state != FLIGHT_NONE;
  }
}

/* What would be formed now: how many items, and which reasons may be given (bits 1 << due). */
static inline uint32_t model_due(const struct model *model, unsigned *reasons)
{
  const mpcc_options_t *options = model->options;
  uint32_t cap = options->batch_size, count = 0;
  size_t weight = 0, weight_cap = options->max_batch_weight;
  if (options->capacity != 0 && options->capacity < cap)
    cap = (uint32_t)options->capacity;
  if (model->head < model->discarded || model->head == model->tail)
    return 0;

  for (uint32_t i = model->head; i < model->tail && count < cap; i++, count++) {
    weight += model_weight(model->items[i]);
    if (weight_cap != 0 && weight > weight_cap)
      break;
  }
  bool full = count == cap || (weight_cap != 0 && weight >= weight_cap);
  *reasons = full ? 1u << MPCC_DUE_FULL
                  : (unsigned)(model->head < model->flushed) << MPCC_DUE_FLUSH |
                      (unsigned)(options->push_interval_ms == 0) << MPCC_DUE_INTERVAL |
                      (unsigned)model->drains << MPCC_DUE_DRAIN;
  return *reasons != 0 ? count : 0;
}

static inline struct flight *model_flight(struct model *model, uint64_t id)
{
  for (size_t i = 0; i < MODEL_FLIGHT; i++)
    if (model->flights[i].state != FLIGHT_NONE && model->flights[i].id == id)
      return &model->flights[i];
  return NULL;
}

static inline bool model_same(const struct model *model, uint32_t first, const call_t *call,
                              const uint64_t *items)
{
  for (uint32_t i = 0; i < call->count; i++)
    if (first + i >= model->tail || model->items[first + i] != items[call->first + i])
      return false;
  return true;
}

/* A batch is answered: by the pump itself, or later. */
static inline void model_finish(struct model *model, struct flight *flight, int status)
{
  flight->status = status;
  flight->state = FLIGHT_DONE;
  if (status == 0) {
    model->delivered += flight->count;
    *flight = (struct flight){.state = FLIGHT_NONE};
  } else if (!flight->discarded && flight->attempt < model->options->max_attempts) {
    flight->state = FLIGHT_AGAIN;
  }
}

static inline const char *model_pumped(struct model *model, const call_t *call,
                                       const uint64_t *items)
{
  struct flight *flight = NULL;
  unsigned reasons = 0;
  for (size_t i = 0; i < MODEL_FLIGHT; i++) {
    struct flight *one = &model->flights[i];
    if (call->attempt > 1 && one->state == FLIGHT_AGAIN && !one->discarded &&
        one->attempt + 1 == call->attempt && model_same(model, one->first, call, items))
      flight = one;
    if (call->attempt == 1 && one->state == FLIGHT_NONE)
      flight = one;
  }
  if (flight == NULL)
    return "a try of a batch that does not wait for one";
  if (call->attempt == 1) {
    if (model_in_flight(model) >= model->options->max_concurrency)
      return "more batches in flight than the cap";
    if (call->count != model_due(model, &reasons) || (reasons & 1u << call->due) == 0)
      return "not the batch that is due";
    if (!model_same(model, model->head, call, items))
      return "not the oldest items";
    *flight = (struct flight){.first = model->head, .count = (uint32_t)call->count};
    model->head += (uint32_t)call->count;
  } else if (call->count != flight->count) {
    return "a try with another number of items";
  }
  flight->state = FLIGHT_OUT;
  flight->id = call->id;
  flight->attempt = call->attempt;
  uint64_t first = items[call->first];
  if (model_discards(first, call->attempt))
    model_discard(model);
  if (model_answer(first, call->attempt) != MPCC_PENDING) {
    flight->cancel = false;
    model_finish(model, flight, model_answer(first, call->attempt));
  }
  return NULL;
}

static inline const char *model_dropped(struct model *model, const call_t *call,
                                        const uint64_t *items)
{
  uint32_t count = (uint32_t)call->count;
  model->dropped += count;
  if (call->attempt == 0) {
    if (call->reason != MPCC_ECANCELED || count > model->discarded - model->head ||
        model->discarded <= model->head || !model_same(model, model->head, call, items))
      return "a drop from the queue that nobody asked for";
    model->head += count;
    return NULL;
  }
  for (size_t i = 0; i < MODEL_FLIGHT; i++) {
    struct flight *flight = &model->flights[i];
    bool over = flight->state == FLIGHT_DONE ||
                (flight->state == FLIGHT_AGAIN && flight->discarded);
    if (!over || flight->attempt != call->attempt || flight->count != count ||
        !model_same(model, flight->first, call, items))
      continue;
    if (call->reason != flight->status &&
        !(flight->state == FLIGHT_AGAIN && call->reason == MPCC_ECANCELED))
      return "a drop for another reason";
    *flight = (struct flight){.state = FLIGHT_NONE};
    return NULL;
  }
  return "a drop of a batch that has not failed";
}

/* The library made this call for the slot. */
static inline const char *model_sees(struct model *model, const call_t *call,
                                     const uint64_t *items)
{
  struct flight *flight;
  switch (call->kind) {
  case CALL_PUMP:
    return model_pumped(model, call, items);
  case CALL_DROP:
    return model_dropped(model, call, items);
  case CALL_CANCEL:
    flight = model_flight(model, call->id);
    if (flight == NULL || !flight->cancel)
      return "a cancellation that nobody asked for";
    flight->cancel = false;
    return NULL;
  default:
    return NULL;
  }
}

/* A step has ended: nothing may be left that it should have done. */
static inline const char *model_at_rest(const struct model *model)
{
  unsigned reasons;
  if (model->head < model->discarded)
    return "discarded items are still there";
  if (model_in_flight(model) < model->options->max_concurrency && model_due(model, &reasons) > 0)
    return "a batch that is due was not formed";
  for (size_t i = 0; i < MODEL_FLIGHT; i++) {
    const struct flight *flight = &model->flights[i];
    if (flight->state == FLIGHT_DONE || flight->state == FLIGHT_AGAIN)
      return "a batch that was done was not dealt with";
    if (flight->state == FLIGHT_OUT && flight->cancel)
      return "a batch was not cancelled";
  }
  return NULL;
}

#endif
