/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* For who runs scenarios, and not for them. */
#ifndef EXPLORE_SCENE_LIFE_H
#define EXPLORE_SCENE_LIFE_H

/* Before each execution. */
void scene_begin(void);

#endif
