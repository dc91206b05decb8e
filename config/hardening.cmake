# Hardening, on by default (CALX_HARDENING); tests/checks/hardening.py looks at what was built.
include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C) # the programs too are linked so that their addresses are random

add_compile_options(-fstack-protector-strong -Wformat -Wformat-security)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)

# Indirect branches only: with a shadow stack nobody could change stacks by _longjmp (server/http/fiber.c).
foreach(flag IN ITEMS -fstack-clash-protection -fcf-protection=branch)
    string(MAKE_C_IDENTIFIER "calx_has${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
        add_compile_options(${flag})
    endif()
endforeach()

# It needs an optimizer to see sizes; the address sanitizer checks the same calls itself.
if(NOT CALX_SANITIZE)
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
endif()
