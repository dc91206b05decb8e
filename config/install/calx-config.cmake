# find_package(calx): the targets calx::calx and calx::server.
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
include(${CMAKE_CURRENT_LIST_DIR}/calx-targets.cmake)
