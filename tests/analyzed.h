/* What analyzers cannot see, as they look at one file at a time: tests/analyze includes it in each.
 */
#include <calx/error.h>

/* An error that is set is not 0: what follows `if (status < 0) return status` has succeeded. */
static inline int calx__error_is_set(int status)
{
    if (status >= 0)
        __builtin_unreachable();
    return status;
}
#define calx_error_set(...) calx__error_is_set(calx_error_set(__VA_ARGS__))
