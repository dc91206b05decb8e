/* macro.h: what the macros of other headers are made with. */
#ifndef CALX_MACRO_H
#define CALX_MACRO_H

/* A name that nested uses of these macros do not share: so a query is evaluated once, into a
 * variable of this name. */
#define CALX__UNIQUE CALX__PASTE(calx__unique_, __COUNTER__)
#define CALX__PASTE(a, b) CALX__PASTE_EXPANDED(a, b)
#define CALX__PASTE_EXPANDED(a, b) a##b

/* How many arguments there are, 1 to 16; up to 24 are counted, so that the compiler has a word for
 * what is too much. */
#define CALX__COUNT(...)                                                                           \
    CALX__COUNT_EXPANDED(__VA_ARGS__, MORE, MORE, MORE, MORE, MORE, MORE, MORE, MORE, 16, 15, 14,  \
                         13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, )
#define CALX__COUNT_EXPANDED(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15,     \
                             a16, a17, a18, a19, a20, a21, a22, a23, a24, n, ...)                  \
    n

/* X(of, a) X(of, b) …: for up to sixteen arguments, with what is handed on. */
#define CALX__EACH(X, of, ...)                                                                     \
    CALX__PASTE(CALX__EACH_, CALX__COUNT(__VA_ARGS__))(X, of, __VA_ARGS__)
#define CALX__EACH_MORE(X, of, ...) more_than_sixteen_arguments,
#define CALX__EACH_1(X, of, a) X(of, a)
#define CALX__EACH_2(X, of, a, ...) X(of, a) CALX__EACH_1(X, of, __VA_ARGS__)
#define CALX__EACH_3(X, of, a, ...) X(of, a) CALX__EACH_2(X, of, __VA_ARGS__)
#define CALX__EACH_4(X, of, a, ...) X(of, a) CALX__EACH_3(X, of, __VA_ARGS__)
#define CALX__EACH_5(X, of, a, ...) X(of, a) CALX__EACH_4(X, of, __VA_ARGS__)
#define CALX__EACH_6(X, of, a, ...) X(of, a) CALX__EACH_5(X, of, __VA_ARGS__)
#define CALX__EACH_7(X, of, a, ...) X(of, a) CALX__EACH_6(X, of, __VA_ARGS__)
#define CALX__EACH_8(X, of, a, ...) X(of, a) CALX__EACH_7(X, of, __VA_ARGS__)
#define CALX__EACH_9(X, of, a, ...) X(of, a) CALX__EACH_8(X, of, __VA_ARGS__)
#define CALX__EACH_10(X, of, a, ...) X(of, a) CALX__EACH_9(X, of, __VA_ARGS__)
#define CALX__EACH_11(X, of, a, ...) X(of, a) CALX__EACH_10(X, of, __VA_ARGS__)
#define CALX__EACH_12(X, of, a, ...) X(of, a) CALX__EACH_11(X, of, __VA_ARGS__)
#define CALX__EACH_13(X, of, a, ...) X(of, a) CALX__EACH_12(X, of, __VA_ARGS__)
#define CALX__EACH_14(X, of, a, ...) X(of, a) CALX__EACH_13(X, of, __VA_ARGS__)
#define CALX__EACH_15(X, of, a, ...) X(of, a) CALX__EACH_14(X, of, __VA_ARGS__)
#define CALX__EACH_16(X, of, a, ...) X(of, a) CALX__EACH_15(X, of, __VA_ARGS__)

#endif
