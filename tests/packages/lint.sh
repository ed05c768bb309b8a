#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# lint.sh <folder>: Debian's own check of the packages finds nothing but what is said here.
set -eu
folder=$1

# The maintainer is who packages (DEBFULLNAME, DEBEMAIL), and nobody has when a test does.
tags=bogus-mail-host,bogus-mail-host-in-debian-changelog,root-in-contact
# They are not sent to Debian, which gives numbers to what is missing there.
tags=$tags,initial-upload-closes-no-bugs
# cpack writes these scripts itself; beside the trigger they do the same once more.
tags=$tags,maintscript-calls-ldconfig

# It does not like to be root, which a machine for tests often is.
lintian --allow-root --fail-on error,warning --suppress-tags "$tags" "$folder"/*.deb
