/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Three and four threads: does what one has seen hold for the next? */
#include "parts.h"

/* -- Write to read causality ----------------------------------------------------------------- */

THREAD(one, PUT(&x, 1, relaxed);)
THREAD(pass_on, r[0] = GET(&x, relaxed); PUT(&y, 1, release);)
THREAD(pass_on_relaxed, r[0] = GET(&x, relaxed); PUT(&y, 1, relaxed);)
THREAD(look, r[1] = GET(&y, acquire); r[2] = GET(&x, relaxed);)

TEST(wrc_release, one, pass_on, look, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(wrc_relaxed, one, pass_on_relaxed, look, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)

/* -- A message that is passed on ------------------------------------------------------------- */

THREAD(post, PUT(&x, 1, relaxed); PUT(&y, 1, release);)
THREAD(forward, r[0] = GET(&y, acquire); PUT(&z, 1, release);)
THREAD(forward_relaxed, r[0] = GET(&y, relaxed); PUT(&z, 1, release);)
THREAD(help, r[0] = GET(&y, acquire); (void)ADD(&z, 1, release);)
THREAD(help_relaxed, r[0] = GET(&y, acquire); (void)ADD(&z, 1, relaxed);)
THREAD(update, r[0] = ADD(&y, 2, acq_rel); PUT(&z, 1, release);)
THREAD(update_release, r[0] = ADD(&y, 2, release); PUT(&z, 1, release);)
THREAD(collect, r[1] = GET(&z, acquire); r[2] = GET(&x, relaxed);)

TEST(isa2_release, post, forward, collect, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(isa2_relaxed, post, forward_relaxed, collect, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(isa2_help, post, help, collect, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(isa2_help_relaxed, post, help_relaxed, collect, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(isa2_update, post, update, collect, NULL, r[0] == 1 && r[1] == 1 && r[2] == 0)
TEST(isa2_update_release, post, update_release, collect, NULL,
     r[0] == 1 && r[1] == 1 && r[2] == 0)

/* -- Independent reads of independent writes ------------------------------------------------- */

THREAD(x_release, PUT(&x, 1, release);)
THREAD(y_release, PUT(&y, 1, release);)
THREAD(x_seq_cst, PUT(&x, 1, seq_cst);)
THREAD(y_seq_cst, PUT(&y, 1, seq_cst);)
THREAD(xy_acquire, r[0] = GET(&x, acquire); r[1] = GET(&y, acquire);)
THREAD(yx_acquire, r[2] = GET(&y, acquire); r[3] = GET(&x, acquire);)
THREAD(xy_seq_cst, r[0] = GET(&x, seq_cst); r[1] = GET(&y, seq_cst);)
THREAD(yx_seq_cst, r[2] = GET(&y, seq_cst); r[3] = GET(&x, seq_cst);)
THREAD(xy_fence, r[0] = GET(&x, relaxed); FENCE(seq_cst); r[1] = GET(&y, relaxed);)
THREAD(yx_fence, r[2] = GET(&y, relaxed); FENCE(seq_cst); r[3] = GET(&x, relaxed);)

#define DISAGREE (r[0] == 1 && r[1] == 0 && r[2] == 1 && r[3] == 0)

TEST(iriw_acquire, x_release, y_release, xy_acquire, yx_acquire, DISAGREE)
TEST(iriw_seq_cst, x_seq_cst, y_seq_cst, xy_seq_cst, yx_seq_cst, DISAGREE)
TEST(iriw_loads, x_release, y_release, xy_seq_cst, yx_seq_cst, DISAGREE)
TEST(iriw_fences, x_release, y_release, xy_fence, yx_fence, DISAGREE)

/* -- Read to write causality ----------------------------------------------------------------- */

THREAD(store_and_look, PUT(&y, 1, seq_cst); r[2] = GET(&x, seq_cst);)
THREAD(store_and_look_acq_rel, PUT(&y, 1, release); r[2] = GET(&x, acquire);)

#define UNSEEN (r[0] == 1 && r[1] == 0 && r[2] == 0)

TEST(rwc_seq_cst, x_seq_cst, xy_seq_cst, store_and_look, NULL, UNSEEN)
TEST(rwc_acq_rel, x_release, xy_acquire, store_and_look_acq_rel, NULL, UNSEEN)
TEST(rwc_one_release, x_release, xy_seq_cst, store_and_look, NULL, UNSEEN)

const struct litmus litmus_chains[] = {
  {"wrc, release", wrc_release, "0"},
  {"wrc, relaxed", wrc_relaxed, "0 1"},
  {"isa2, release and acquire", isa2_release, "0"},
  {"isa2, relaxed in the middle", isa2_relaxed, "0 1"},
  {"isa2, an update hands on", isa2_help, "0"},
  {"isa2, a relaxed update hands on", isa2_help_relaxed, "0 1"},
  {"isa2, an update has seen", isa2_update, "0"},
  {"isa2, an update that does not acquire", isa2_update_release, "0 1"},
  {"iriw, release and acquire", iriw_acquire, "0 1"},
  {"iriw, seq_cst", iriw_seq_cst, "0"},
  {"iriw, only loads seq_cst", iriw_loads, "0 1"},
  {"iriw, fences", iriw_fences, "0"},
  {"rwc, seq_cst", rwc_seq_cst, "0"},
  {"rwc, release and acquire", rwc_acq_rel, "0 1"},
  {"rwc, one store release", rwc_one_release, "0 1"},
  {0},
};
