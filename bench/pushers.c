/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which of them there are. What a build did not find is not in it.
 */
#include "pusher.h"

extern const struct pusher pusher_mpcc, pusher_mpcc_bounded, pusher_mpcc_handle;
extern const struct pusher pusher_mpcc_loop, pusher_mpcc_loop_bounded, pusher_mpcc_loop_handle;
extern const struct pusher pusher_mpcc_idle, pusher_mpcc_idle_bounded, pusher_mpcc_idle_handle;
extern const struct pusher pusher_mutex, pusher_mutex_thread, pusher_spin;
extern const struct pusher pusher_array, pusher_spsc, pusher_xadd;
extern const struct pusher pusher_moody_token, pusher_moody_implicit;
extern const struct pusher pusher_urcu, pusher_ck, pusher_glib, pusher_tbb;

const struct pusher *const pushers_solo[] = {
    &pusher_mpcc,
    &pusher_mpcc_bounded,
    &pusher_mpcc_handle,
    &pusher_mutex,
    &pusher_spin,
    &pusher_xadd,
    &pusher_spsc,
    &pusher_array,
#ifdef PUSHER_MOODYCAMEL_VERSION
    &pusher_moody_token,
    &pusher_moody_implicit,
#endif
#ifdef PUSHER_URCU_VERSION
    &pusher_urcu,
#endif
#ifdef PUSHER_CK_VERSION
    &pusher_ck,
#endif
#ifdef PUSHER_GLIB_VERSION
    &pusher_glib,
#endif
#ifdef PUSHER_TBB_VERSION
    &pusher_tbb,
#endif
    NULL,
};

const struct pusher *const pushers_threads[] = {
    &pusher_mpcc_loop,
    &pusher_mpcc_loop_bounded,
    &pusher_mpcc_loop_handle,
    &pusher_mutex_thread,
    &pusher_spin,
    &pusher_xadd,
    &pusher_spsc,
#ifdef PUSHER_MOODYCAMEL_VERSION
    &pusher_moody_token,
    &pusher_moody_implicit,
#endif
    NULL,
};

const struct pusher *const pushers_idle[] = {
    &pusher_mpcc_idle,
    &pusher_mpcc_idle_bounded,
    &pusher_mpcc_idle_handle,
    &pusher_mutex,
    &pusher_xadd,
#ifdef PUSHER_MOODYCAMEL_VERSION
    &pusher_moody_token,
#endif
    NULL,
};
