# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Read by cpack when the two packages are staged and not yet packed: what Debian wants in each, and
# no other installation needs.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

# The licence in the form that machines read: an indented paragraph.
file(READ ${CPACK_MPCC_ROOT}/LICENSE licence)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]+)" line "${licence}")
set(owner "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^.*Copyright [^\n]+\n+" "" licence "${licence}")
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n$" "" licence "${licence}")
string(REPLACE "\n" "\n " licence "${licence}")

# The date is that of the sources, if SOURCE_DATE_EPOCH tells it.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)

foreach(component IN ITEMS MPCC_RUNTIME MPCC_DEVELOPMENT)
  string(TOLOWER ${component} folder)
  set(package ${CPACK_DEBIAN_${component}_PACKAGE_NAME})
  set(doc ${CPACK_TEMPORARY_DIRECTORY}/${folder}/usr/share/doc/${package})
  file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: libmpcc

Files: *
Copyright: ${owner}
License: Expat
 ${licence}
")
  file(WRITE ${doc}/changelog.Debian
"libmpcc (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Packaged by cpack from the sources of version ${CPACK_PACKAGE_VERSION}.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")
  execute_process(COMMAND gzip -9 -n ${doc}/changelog.Debian RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "gzip has failed: ${failed}")
  endif()
endforeach()

# CMake strips programs and shared libraries; an archive keeps its symbols and loses the rest.
file(GLOB_RECURSE archives ${CPACK_TEMPORARY_DIRECTORY}/mpcc_development/*.a)
foreach(archive IN LISTS archives)
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives
    --remove-section=.comment ${archive} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "strip has failed: ${failed}")
  endif()
endforeach()
