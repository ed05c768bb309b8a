/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The list of the files to read: what the paths on the command line name. A file's place in the
 * list is its id in the databases.
 */
#ifndef INGEST_FILES_H
#define INGEST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outdir.h"

struct files {
  char **path;
  size_t count, room;
  size_t failed;      /* paths that could not be looked at; each had its message */
  bool readable_once; /* a FIFO or the like is among them: nothing is left for a second reader */
};

static inline uint32_t file_id(size_t index)
{
  return (uint32_t)index + 1;
}

/*
 * Every file of ${paths}: in a folder each regular file, by name, and folders recursively.
 * Symbolic links to files are files; below a folder, links to folders are not followed. The
 * folder ${out}, which holds our own databases, is left out, and so are links into it; who names
 * a path inside it is told that it is not read. A named path may also be a FIFO or a device.
 *
 * Returns 0, or -1 after a message: a path inside ${out} is named, memory ran out, or there would
 * be too many.
 */
int files_list(struct files *files, char **paths, size_t path_count, const struct outdir *out);
void files_free(struct files *files);

#endif
