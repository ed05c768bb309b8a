# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""Conan 2: `conan create docs/packaging/conan` builds the sources this file lies in."""
import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Mpcc(ConanFile):
    name = "mpcc"
    license = "MIT"
    description = "Many threads push, one loop hands out batches"
    package_type = "library"
    languages = "C"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    def _root(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", "..", ".."))

    def set_version(self):
        lines = load(self, os.path.join(self._root(), "CMakeLists.txt")).splitlines()
        self.version = next(line.split()[1] for line in lines if line.startswith("  VERSION "))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "include/*", "src/*"):
            copy(self, pattern, src=self._root(), dst=self.export_sources_folder)

    def requirements(self):
        self.requires("libuv/[>=1.38 <2]")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["MPCC_BUILD_TESTS"] = False
        toolchain.cache_variables["MPCC_BUILD_EXAMPLES"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder,
             dst=os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.libs = ["mpcc"]
        self.cpp_info.set_property("cmake_file_name", "mpcc")
        self.cpp_info.set_property("cmake_target_name", "mpcc::mpcc")
        self.cpp_info.set_property("pkg_config_name", "mpcc")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
