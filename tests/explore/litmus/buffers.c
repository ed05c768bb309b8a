/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Store buffering - store, then look at what the other has stored - and its relatives. */
#include "parts.h"

THREAD(left_relaxed, PUT(&x, 1, relaxed); r[0] = GET(&y, relaxed);)
THREAD(right_relaxed, PUT(&y, 1, relaxed); r[1] = GET(&x, relaxed);)
THREAD(left_acq_rel, PUT(&x, 1, release); r[0] = GET(&y, acquire);)
THREAD(right_acq_rel, PUT(&y, 1, release); r[1] = GET(&x, acquire);)
THREAD(left_seq_cst, PUT(&x, 1, seq_cst); r[0] = GET(&y, seq_cst);)
THREAD(right_seq_cst, PUT(&y, 1, seq_cst); r[1] = GET(&x, seq_cst);)
THREAD(left_store_only, PUT(&x, 1, seq_cst); r[0] = GET(&y, acquire);)
THREAD(left_load_only, PUT(&x, 1, release); r[0] = GET(&y, seq_cst);)
THREAD(left_fence, PUT(&x, 1, relaxed); FENCE(seq_cst); r[0] = GET(&y, relaxed);)
THREAD(right_fence, PUT(&y, 1, relaxed); FENCE(seq_cst); r[1] = GET(&x, relaxed);)
THREAD(left_light_fence, PUT(&x, 1, relaxed); FENCE(acq_rel); r[0] = GET(&y, relaxed);)
THREAD(left_add, (void)ADD(&x, 1, acq_rel); r[0] = GET(&y, acquire);)
THREAD(right_add, (void)ADD(&y, 1, acq_rel); r[1] = GET(&x, acquire);)
THREAD(left_add_seq_cst, (void)ADD(&x, 1, seq_cst); r[0] = GET(&y, seq_cst);)
THREAD(right_add_seq_cst, (void)ADD(&y, 1, seq_cst); r[1] = GET(&x, seq_cst);)
THREAD(left_two_adds, (void)ADD(&x, 1, acq_rel); r[0] = ADD(&y, 0, acq_rel);)
THREAD(right_two_adds, (void)ADD(&y, 1, acq_rel); r[1] = ADD(&x, 0, acq_rel);)

TEST(sb_relaxed, left_relaxed, right_relaxed, NULL, NULL, r[0], r[1])
TEST(sb_acq_rel, left_acq_rel, right_acq_rel, NULL, NULL, r[0], r[1])
TEST(sb_seq_cst, left_seq_cst, right_seq_cst, NULL, NULL, r[0], r[1])
TEST(sb_store_only, left_store_only, right_seq_cst, NULL, NULL, r[0], r[1])
TEST(sb_load_only, left_load_only, right_seq_cst, NULL, NULL, r[0], r[1])
TEST(sb_fences, left_fence, right_fence, NULL, NULL, r[0], r[1])
TEST(sb_one_fence, left_fence, right_relaxed, NULL, NULL, r[0], r[1])
TEST(sb_light_fence, left_light_fence, right_fence, NULL, NULL, r[0], r[1])
TEST(sb_fence_and_seq_cst, left_fence, right_seq_cst, NULL, NULL, r[0], r[1])
TEST(sb_adds, left_add, right_add, NULL, NULL, r[0], r[1])
TEST(sb_adds_seq_cst, left_add_seq_cst, right_add_seq_cst, NULL, NULL, r[0], r[1])
TEST(sb_only_adds, left_two_adds, right_two_adds, NULL, NULL, r[0], r[1])

/* Who stores last into y, and what does it see of x? */
THREAD(r_left_seq_cst, PUT(&x, 1, seq_cst); PUT(&y, 1, seq_cst);)
THREAD(r_right_seq_cst, PUT(&y, 2, seq_cst); r[0] = GET(&x, seq_cst);)
THREAD(r_left_release, PUT(&x, 1, release); PUT(&y, 1, release);)
THREAD(r_right_release, PUT(&y, 2, release); r[0] = GET(&x, acquire);)

TEST(r_seq_cst, r_left_seq_cst, r_right_seq_cst, NULL, NULL, GET(&y, relaxed), r[0])
TEST(r_release, r_left_release, r_right_release, NULL, NULL, GET(&y, relaxed), r[0])

/* What comes before the release is before what comes after the acquire in every order. */
THREAD(s_left, PUT(&x, 2, relaxed); PUT(&y, 1, release);)
THREAD(s_right, r[0] = GET(&y, acquire); PUT(&x, 1, relaxed);)

TEST(s_release_acquire, s_left, s_right, NULL, NULL, r[0], GET(&x, relaxed))

/* RC11 forbids what C11 would let load buffering do; so do all machines, with a dependency. */
THREAD(lb_left, r[0] = GET(&x, relaxed); PUT(&y, 1, relaxed);)
THREAD(lb_right, r[1] = GET(&y, relaxed); PUT(&x, 1, relaxed);)

TEST(lb_relaxed, lb_left, lb_right, NULL, NULL, r[0], r[1])

const struct litmus litmus_buffers[] = {
  {"sb, relaxed", sb_relaxed, "00 01 10 11"},
  {"sb, release and acquire", sb_acq_rel, "00 01 10 11"},
  {"sb, seq_cst", sb_seq_cst, "01 10 11"},
  {"sb, one load not seq_cst", sb_store_only, "00 01 10 11"},
  {"sb, one store not seq_cst", sb_load_only, "00 01 10 11"},
  {"sb, fences", sb_fences, "01 10 11"},
  {"sb, one fence", sb_one_fence, "00 01 10 11"},
  {"sb, one fence acq_rel", sb_light_fence, "00 01 10 11"},
  {"sb, fence against seq_cst", sb_fence_and_seq_cst, "01 10 11"},
  {"sb, acq_rel updates", sb_adds, "00 01 10 11"},
  {"sb, seq_cst updates", sb_adds_seq_cst, "01 10 11"},
  {"sb, nothing but acq_rel updates", sb_only_adds, "01 10 11"},
  {"r, seq_cst", r_seq_cst, "10 11 21"},
  {"r, release and acquire", r_release, "10 11 20 21"},
  {"s, release and acquire", s_release_acquire, "01 02 11"},
  {"lb, relaxed", lb_relaxed, "00 01 10"},
  {0},
};
