# cpack: one Debian package for each part. A part is an install component; its file is NAME_VERSION_ARCHITECTURE.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME calx)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the calx founders <calx@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/copyright.cmake)
set(CPACK_CALX_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)

# calx_package(COMPONENT NAME SECTION SUMMARY MORE PARTS…): PARTS are the components that it needs in the same version.
function(calx_package component name section summary more)
    string(TOUPPER ${component} COMPONENT)
    set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION "${summary}\n${more}" PARENT_SCOPE)
    set(CPACK_COMPONENT_${COMPONENT}_DEPENDS ${ARGN} PARENT_SCOPE)
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

# What packages depend on whose programs link to this one's library. (CPack's own would ask it of the drivers, too.)
function(calx_package_library component name library)
    string(TOUPPER ${component} COMPONENT)
    set(file ${PROJECT_BINARY_DIR}/packages/${component}/shlibs)
    file(WRITE ${file} "${library} ${PROJECT_VERSION_MAJOR} ${name} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})\n")
    set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_CONTROL_EXTRA ${file} PARENT_SCOPE)
endfunction()

calx_package(lib libcalx0 libs "persistence framework in C: models, sessions, SQL"
    "Declare a model once, and use it on SQLite, PostgreSQL and MariaDB.")
set(CPACK_DEBIAN_LIB_PACKAGE_RECOMMENDS "calx-driver")
calx_package_library(lib libcalx0 libcalx)

foreach(driver IN ITEMS "sqlite3;SQLite" "libpq;PostgreSQL" "mariadb;MariaDB and MySQL")
    list(POP_FRONT driver name)
    calx_package(driver-${name} calx-driver-${name} libs "calx's driver for ${driver}" "Found at run time by libcalx0." lib)
    string(TOUPPER ${name} NAME)
    set(CPACK_DEBIAN_DRIVER-${NAME}_PACKAGE_PROVIDES "calx-driver")
endforeach()
calx_package(driver-dbi calx-driver-dbi libs "calx opens databases through libdbi"
    "What a URL without a driver's name means: sqlite://, postgresql://, mysql://." lib)
set(CPACK_DEBIAN_DRIVER-DBI_PACKAGE_RECOMMENDS
    "libdbd-sqlite3, libdbd-pgsql, libdbd-mysql, calx-driver-sqlite3, calx-driver-libpq, calx-driver-mariadb")

calx_package(server libcalx-server0 libs "applications over HTTP on calx"
    "Routes, requests, answers, templates, configuration and command line, on h2o." lib)
calx_package_library(server libcalx-server0 libcalx-server)

calx_package(dev libcalx-dev libdevel "persistence framework in C: development files"
    "Headers, links, manual pages, and the files for pkg-config and CMake." lib server)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libjansson-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF) # no programs: it would look into every header

calx_package(todo calx-todo web "the Todo application of calx"
    "A small web application over HTTP and JSON, and an example." server driver-dbi driver-sqlite3)
set(CPACK_DEBIAN_TODO_PACKAGE_DEPENDS "libdbd-sqlite3, libjs-backbone, libjs-jquery, libjs-underscore")

# Built with the tests.
if(TARGET conform)
    calx_package(conform calx-conform devel "checks drivers of calx" "For those who write a driver of their own." lib)
endif()

calx_package(doc calx-doc doc "persistence framework in C: documentation" "Guides, tutorial and reference, in Markdown.")
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SHLIBDEPS OFF)

include(CPack)
