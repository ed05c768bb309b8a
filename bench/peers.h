/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The peers by name. Which of them were found when this was built, peers.c says. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <pthread.h> /* tells whose C library this is */

#include "peer.h"

#if defined(__GLIBC__) || defined(__FreeBSD__)
#define PEER_HAS_ADAPTIVE_MUTEX
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct peer peer_mpcc_push, peer_mpcc_bounded, peer_mpcc_handle;
extern const struct peer peer_hand, peer_hand_adaptive, peer_hand_scan;
extern const struct peer peer_moodycamel_tokens, peer_moodycamel, peer_moodycamel_slots;
extern const struct peer peer_wfcqueue, peer_wfcqueue_slots;
extern const struct peer peer_ck_ring, peer_gasyncqueue, peer_tbb;

/* All that are there, libmpcc's first; ends with a NULL. */
extern const struct peer *const peers[];

#ifdef __cplusplus
}
#endif

#endif /* BENCH_PEERS_H */
