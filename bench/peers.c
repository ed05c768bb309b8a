/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "peers.h"

/* ThreadSanitizer sees nothing of how the others synchronise: in assembly, or inside libraries that
 * are built without it. */
#if defined(__SANITIZE_THREAD__)
#define TRACED
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TRACED
#endif
#endif

const struct peer *const peers[] = {
  &peer_mpcc_push,
  &peer_mpcc_bounded,
  &peer_mpcc_handle,
  &peer_hand,
#ifdef PEER_HAS_ADAPTIVE_MUTEX
  &peer_hand_adaptive,
#endif
  &peer_hand_scan,
#ifndef TRACED
#ifdef PEER_MOODYCAMEL_VERSION
  &peer_moodycamel_tokens,
  &peer_moodycamel,
  &peer_moodycamel_slots,
#endif
#ifdef PEER_URCU_VERSION
  &peer_wfcqueue,
  &peer_wfcqueue_slots,
#endif
#ifdef PEER_CK_VERSION
  &peer_ck_ring,
#endif
#ifdef PEER_GLIB_VERSION
  &peer_gasyncqueue,
#endif
#ifdef PEER_TBB_VERSION
  &peer_tbb,
#endif
#endif
  NULL,
};
