/* api.h: what leaves a shared library. Everything is compiled with hidden symbols; CALX_API makes a
 * function public. */
#ifndef CALX_API_H
#define CALX_API_H

#define CALX_VERSION "0.1.0"

#define CALX_API __attribute__((visibility("default")))
#define CALX_PRINTF(format, first) __attribute__((format(printf, format, first)))

#endif
