/* api.h: what leaves a shared library. Everything is compiled with hidden symbols; CALX_API makes a
 * function public. */
#ifndef CALX_API_H
#define CALX_API_H

#define CALX_VERSION "0.1.0"

#define CALX_API __attribute__((visibility("default")))
#define CALX_PRINTF(string_at, values_at)                                                          \
    __attribute__((__format__(__printf__, string_at, values_at)))

#endif
