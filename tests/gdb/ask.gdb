# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# What is asked of the live process, and again of its core file.
set print pretty off
set width 0
print *looked_at
print *subject
print *handle
mpcc dump subject
mpcc dump *subject
mpcc dump -slots 1 subject
mpcc dump working
python
for wrong in ("mpcc dump", "mpcc dump (mpcc_t *)0", "mpcc dump 7", "mpcc dump looked_at->slot"):
  try:
    gdb.execute(wrong)
    print(wrong + " was taken")
  except gdb.error as error:
    print(wrong + ": " + str(error))
end
