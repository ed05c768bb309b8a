# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""conan_recipe.py <sources> <folder>

Runs the recipe with stand-ins of Conan's names as far as that goes without Conan: it parses, knows
the version, and exports files that CMake can configure. It does not take Conan's place.
"""
import fnmatch
import os
import re
import runpy
import shutil
import subprocess
import sys
import types

root, folder = sys.argv[1:]


def load(_recipe, path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def copy(_recipe, pattern, src, dst):
    copied = 0
    for place, _folders, files in os.walk(src):
        for file in files:
            path = os.path.relpath(os.path.join(place, file), src)
            if fnmatch.fnmatch(path, pattern):
                target = os.path.join(dst, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(os.path.join(src, path), target)
                copied += 1
    assert copied, f"no file is like {pattern}"


def stand_in(name, **members):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)


shutil.rmtree(folder, ignore_errors=True)
stand_in("conan", ConanFile=type("ConanFile", (), {}))
stand_in("conan.tools")
stand_in("conan.tools.cmake", CMake=None, CMakeDeps=None, CMakeToolchain=None, cmake_layout=None)
stand_in("conan.tools.files", copy=copy, load=load)

script = os.path.join(root, "docs/packaging/conan/conanfile.py")
recipe = runpy.run_path(script)["Mpcc"]()
recipe.recipe_folder = os.path.dirname(script)
recipe.export_sources_folder = os.path.join(folder, "sources")
recipe.set_version()
recipe.export_sources()

header = load(None, os.path.join(recipe.export_sources_folder, "include/mpcc.h"))
numbers = re.findall(r"^#define MPCC_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header, re.M)
assert recipe.version == ".".join(numbers), (recipe.version, numbers)
subprocess.run(
    ["cmake", "-S", recipe.export_sources_folder, "-B", os.path.join(folder, "build"),
     "-DMPCC_BUILD_TESTS=OFF", "-DMPCC_BUILD_EXAMPLES=OFF"],
    check=True,
)  # fmt: skip
