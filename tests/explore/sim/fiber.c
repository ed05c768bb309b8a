/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * ucontext makes a stack, and setjmp changes between them from then on, because swapcontext asks
 * the system for the signal mask each time.
 */
#define _XOPEN_SOURCE 700
#include "fiber.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { STACK_BYTES = 256 * 1024 };

struct sim_fiber {
  sigjmp_buf at;
  ucontext_t context, maker;
  unsigned char *stack;
  void (*run)(void *arg);
  void *arg;
};

static struct sim_fiber *running;
static struct sim_fiber *being_made; /* makecontext passes no pointers */

struct sim_fiber *sim_fiber_main(void)
{
  running = calloc(1, sizeof(*running));
  return running;
}

static void begin(void)
{
  struct sim_fiber *self = being_made;

  if (sigsetjmp(self->at, 0) == 0)
    (void)swapcontext(&self->context, &self->maker);
  for (;;)
    self->run(self->arg);
}

void sim_fiber_reset(struct sim_fiber *fiber)
{
  (void)getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = STACK_BYTES;
  fiber->context.uc_link = NULL;
  makecontext(&fiber->context, begin, 0);
  being_made = fiber;
  (void)swapcontext(&fiber->maker, &fiber->context);
}

struct sim_fiber *sim_fiber_new(void (*run)(void *arg), void *arg)
{
  struct sim_fiber *fiber = calloc(1, sizeof(*fiber));

  if (fiber == NULL)
    return NULL;
  fiber->stack = malloc(STACK_BYTES);
  if (fiber->stack == NULL) {
    free(fiber);
    return NULL;
  }
  fiber->run = run;
  fiber->arg = arg;
  sim_fiber_reset(fiber);
  return fiber;
}

void sim_fiber_switch(struct sim_fiber *to)
{
  struct sim_fiber *from = running;

  running = to;
  if (sigsetjmp(from->at, 0) == 0)
    siglongjmp(to->at, 1);
}

bool sim_fiber_holds(const struct sim_fiber *fiber, uintptr_t address)
{
  return fiber->stack != NULL && address - (uintptr_t)fiber->stack < STACK_BYTES;
}
