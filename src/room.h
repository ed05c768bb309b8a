/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * on_room: telling the slots whose pushes were refused that there is room again. On the loop's
 * thread.
 *
 * A slot that was at its capacity is told when it is served. Where memory is rationed, one segment
 * serves whichever slot, so slots stand in line: who is told, and refused again, goes to its end.
 */
#ifndef MPCC__ROOM_H
#define MPCC__ROOM_H

#include "world.h"

/* Tell on_room if it is owed and there is room. */
void mpcc__room_tell(struct mpcc__world *world, struct mpcc__slot *slot);

/* The same, of those whose producer handle was full. */
void mpcc__room_tell_refused(struct mpcc__world *world);

/* The same, of those that stand in line. */
void mpcc__room_tell_starving(struct mpcc__world *world);

#endif
