/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What an mpcc_t is, its making and its unmaking. Its life in between is lifecycle.h. */
#ifndef MPCC__INSTANCE_H
#define MPCC__INSTANCE_H

#include "loop.h"
#include "manual.h"
#include "world.h"

enum mpcc__state { MPCC__IDLE, MPCC__STARTED, MPCC__COMPLETING, MPCC__STOPPED };

struct mpcc {
  struct mpcc__world world;
  struct mpcc__loop loop;     /* the driver, unless options.manual */
  struct mpcc__manual manual; /* the driver, if options.manual */

  uv_mutex_t lock; /* guards all below */
  uv_cond_t on_end;
  enum mpcc__state state;
  bool driven; /* started and not finished: passes are the driver's */
  uint64_t begun, ended; /* completions, from MPCC__FIRST_TICKET on */
  int mode; /* of the completion under way */
  mpcc_complete_cb callback;
  void *callback_arg;
  bool *destroyed; /* while the callback may destroy the instance: where to say so */
};

/* 0, MPCC_EINVAL (sizes overflow) or MPCC_ENOMEM. The options have been checked. ${finished}
 * gets the instance when its loop has finished. */
int mpcc__instance_create(mpcc_t **mpcc, const struct mpcc_options *options,
                          void (*finished)(void *owner));

/* Nobody else may be here any more. */
void mpcc__instance_free(mpcc_t *mpcc);

#endif
