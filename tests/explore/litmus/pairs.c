/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Two threads, two objects: passing a message; and the coherence of one object. */
#include "parts.h"

/* -- Message passing: the object, then the flag; the flag, then the object ------------------- */

THREAD(post_relaxed, PUT(&x, 1, relaxed); PUT(&y, 1, relaxed);)
THREAD(post_release, PUT(&x, 1, relaxed); PUT(&y, 1, release);)
THREAD(post_seq_cst, PUT(&x, 1, relaxed); PUT(&y, 1, seq_cst);)
THREAD(post_fence, PUT(&x, 1, relaxed); FENCE(release); PUT(&y, 1, relaxed);)
THREAD(collect_relaxed, r[0] = GET(&y, relaxed); r[1] = GET(&x, relaxed);)
THREAD(collect_acquire, r[0] = GET(&y, acquire); r[1] = GET(&x, relaxed);)
THREAD(collect_seq_cst, r[0] = GET(&y, seq_cst); r[1] = GET(&x, relaxed);)
THREAD(collect_fence, r[0] = GET(&y, relaxed); FENCE(acquire); r[1] = GET(&x, relaxed);)

TEST(mp_relaxed, post_relaxed, collect_relaxed, NULL, NULL, r[0], r[1])
TEST(mp_release_relaxed, post_release, collect_relaxed, NULL, NULL, r[0], r[1])
TEST(mp_relaxed_acquire, post_relaxed, collect_acquire, NULL, NULL, r[0], r[1])
TEST(mp_release_acquire, post_release, collect_acquire, NULL, NULL, r[0], r[1])
TEST(mp_seq_cst, post_seq_cst, collect_seq_cst, NULL, NULL, r[0], r[1])
TEST(mp_fences, post_fence, collect_fence, NULL, NULL, r[0], r[1])
TEST(mp_fence_acquire, post_fence, collect_acquire, NULL, NULL, r[0], r[1])
TEST(mp_fence_relaxed, post_fence, collect_relaxed, NULL, NULL, r[0], r[1])

/* The same with an object that is not atomic. */
THREAD(send_release, data = 1; PUT(&y, 1, release);)
THREAD(send_relaxed, data = 1; PUT(&y, 1, relaxed);)
THREAD(receive_acquire, if (GET(&y, acquire) == 1) r[0] = data;)
THREAD(receive_relaxed, if (GET(&y, relaxed) == 1) r[0] = data;)

TEST(data_release_acquire, send_release, receive_acquire, NULL, NULL, r[0])
TEST(data_relaxed_acquire, send_relaxed, receive_acquire, NULL, NULL, r[0])
TEST(data_release_relaxed, send_release, receive_relaxed, NULL, NULL, r[0])

/* -- Coherence ------------------------------------------------------------------------------- */

THREAD(one, PUT(&x, 1, relaxed);)
THREAD(two, PUT(&x, 2, relaxed);)
THREAD(one_two, PUT(&x, 1, relaxed); PUT(&x, 2, relaxed);)
THREAD(one_look, PUT(&x, 1, relaxed); r[0] = GET(&x, relaxed);)
THREAD(look_twice, r[0] = GET(&x, relaxed); r[1] = GET(&x, relaxed);)
THREAD(look_twice_too, r[2] = GET(&x, relaxed); r[3] = GET(&x, relaxed);)
THREAD(look_then_three, r[0] = GET(&x, relaxed); PUT(&x, 3, relaxed);)

TEST(coherence_of_reads, one, look_twice, NULL, NULL, r[0], r[1])
TEST(coherence_of_writes, one_two, look_twice, NULL, NULL, r[0], r[1])
TEST(coherence_own_write, one_look, two, NULL, NULL, r[0])
TEST(coherence_read_write, look_then_three, NULL, NULL, NULL, r[0], GET(&x, relaxed))
TEST(coherence_one_order, one, two, look_twice, look_twice_too,
     r[0] == 1 && r[1] == 2 && r[2] == 2 && r[3] == 1)

const struct litmus litmus_pairs[] = {
  {"mp, relaxed", mp_relaxed, "00 01 10 11"},
  {"mp, release to relaxed", mp_release_relaxed, "00 01 10 11"},
  {"mp, relaxed to acquire", mp_relaxed_acquire, "00 01 10 11"},
  {"mp, release to acquire", mp_release_acquire, "00 01 11"},
  {"mp, seq_cst flag", mp_seq_cst, "00 01 11"},
  {"mp, fences", mp_fences, "00 01 11"},
  {"mp, release fence to acquire", mp_fence_acquire, "00 01 11"},
  {"mp, release fence to relaxed", mp_fence_relaxed, "00 01 10 11"},
  {"data, release to acquire", data_release_acquire, "0 1"},
  {"data, relaxed to acquire", data_relaxed_acquire, "data race"},
  {"data, release to relaxed", data_release_relaxed, "data race"},
  {"coherence of reads", coherence_of_reads, "00 01 11"},
  {"coherence of writes", coherence_of_writes, "00 01 02 11 12 22"},
  {"coherence with an own write", coherence_own_write, "1 2"},
  {"coherence of read and write", coherence_read_write, "03"},
  {"coherence, one order for all", coherence_one_order, "0"},
  {0},
};
