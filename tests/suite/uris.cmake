# What is true of every database is written once: each suite/NAME_test.c that is not a driver's runs as NAME/FORM for every
# form of URL, through with-uri, which sets CALX_TEST_URI. A program that includes private headers of core is linked with
# the objects of the libraries and lends its symbols to the drivers; any other is linked as a user's program is.
function(calx_suite_program name source)
    add_executable(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/suite)
    file(STRINGS ${source} private REGEX "^#include \"core/")
    if(private)
        target_sources(${name} PRIVATE $<TARGET_OBJECTS:calx_drivers> $<TARGET_OBJECTS:calx_core>)
        set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
        target_link_libraries(${name} PRIVATE calx_core ${CMAKE_DL_LIBS})
    else()
        target_link_libraries(${name} PRIVATE calx)
    endif()
    target_link_libraries(${name} PRIVATE PkgConfig::cmocka Threads::Threads)
    foreach(plugin IN ITEMS calx-dbi calx-sqlite3 calx-libpq calx-mariadb)
        if(TARGET ${plugin})
            add_dependencies(${name} ${plugin})
        endif()
    endforeach()
endfunction()

# Programs on the same server run one after another: their tables have the same names. SQLite's files are their own.
function(calx_suite_test name program form label)
    add_test(NAME ${name}/${form} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/with-uri ${form} $<TARGET_FILE:${program}>
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name}/${form} PROPERTIES LABELS ${label} TIMEOUT 300
        ENVIRONMENT CALX_DRIVER_PATH=${PROJECT_BINARY_DIR}/calx-drivers)
    if(NOT label STREQUAL sqlite)
        set_tests_properties(${name}/${form} PROPERTIES RESOURCE_LOCK server-${label})
    endif()
endfunction()

file(GLOB calx_suite CONFIGURE_DEPENDS *_test.c)
list(FILTER calx_suite EXCLUDE REGEX "/driver_[^/]*$")
foreach(source IN LISTS calx_suite)
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    calx_suite_program(suite_${name}_test ${source})
    foreach(label IN ITEMS sqlite postgresql mysql)
        foreach(form IN LISTS calx_forms_${label})
            calx_suite_test(${name} suite_${name}_test ${form} ${label})
        endforeach()
    endforeach()
endforeach()

# Through a proxy that gives each transaction another server; conform goes through it, too.
foreach(name IN ITEMS engine session session_savepoint query types)
    calx_suite_test(${name} suite_${name}_test pgbouncer+libpq postgresql)
endforeach()
