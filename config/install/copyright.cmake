# Run by cpack on what it has staged: every Debian package has a copyright file of its own.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} COMPONENT)
    configure_file(${CPACK_CALX_LICENSE}
        ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share/doc/${CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME}/copyright COPYONLY)
endforeach()
