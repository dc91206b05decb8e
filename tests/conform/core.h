/* core.h: what the cases of core share: an engine on the URL of the run, its tables, sessions. */
#ifndef CALX_TESTS_CONFORM_CORE_H
#define CALX_TESTS_CONFORM_CORE_H

#include "conform.h"
#include "models.h"

/* The engine, with its tables; made when first asked for. NULL, with the case failed, when it
 * cannot be. */
calx_engine *conform_engine(conform *c);

/* A session, which ends with the case. */
calx_session *conform_session(conform *c);

/* That the session has not failed; that it has, and with this class: it is then rolled back. */
void conform_expect_sound(conform *c, const char *what, calx_session *session);
void conform_expect_failed(conform *c, const char *what, calx_error_class expected,
                           calx_session *session);

/* Commits, and expects success. */
void conform_expect_committed(conform *c, calx_session *session);

#endif
