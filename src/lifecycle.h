/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An instance's life: which call is allowed when, and who waits for what.
 *
 *     IDLE --start--> RUNNING --complete--> COMPLETING --ended--> STOPPED --start--> RUNNING
 *       '------complete (empty, or discard): COMPLETING, on the caller's thread------^
 *
 * Every change of state is made under the lock, and by move(), which knows the arrows. User code
 * runs without it. Completions are numbered: ${begun} counts those asked for, ${ended} those
 * whose callback has returned; they differ while one is under way.
 *
 * The last thing that an ending completion does is to unlock: from then on another thread that
 * waited may destroy the instance.
 */
#ifndef MPCC__LIFECYCLE_H
#define MPCC__LIFECYCLE_H

#include "instance.h"

int mpcc__lifecycle_create(mpcc_t **mpcc, const struct mpcc_options *options);
int mpcc__lifecycle_start(mpcc_t *mpcc, mpcc_pump_cb pump, void *state);
int mpcc__lifecycle_complete(mpcc_t *mpcc, int mode, mpcc_complete_cb callback, void *arg);
int mpcc__lifecycle_wait(mpcc_t *mpcc, uint64_t timeout_ms);
int mpcc__lifecycle_destroy(mpcc_t *mpcc);
int mpcc__lifecycle_step(mpcc_t *mpcc, uint64_t now_ms, uint64_t *next_ms);

/* MPCC_ESTATE in IDLE, MPCC_ECLOSED when not running, else 0 and inside the gate. */
int mpcc__lifecycle_enter_running(mpcc_t *mpcc);

/* MPCC_ESTATE in IDLE, MPCC_ECLOSED when completed, else 0 and inside the gate. */
int mpcc__lifecycle_enter_started(mpcc_t *mpcc);

#endif
