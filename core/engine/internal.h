/*
 * internal.h: what the files of the engine know of each other: the engine and the connection as
 * structs, and the sending of events. Everybody else uses <calx/engine.h> and connection.h.
 */
#ifndef CALX_CORE_ENGINE_INTERNAL_H
#define CALX_CORE_ENGINE_INTERNAL_H

#include <calx/engine.h>
#include <calx/registry.h>

#include "core/engine/connection.h"
#include "core/engine/kept.h"
#include "core/engine/pool.h"
#include "core/engine/reads.h"
#include "core/engine/replica.h"
#include "core/engine/statements.h"

typedef struct calx__listener {
    calx_event_listener *call;
    void *context;
} calx__listener;

struct calx_engine {
    calx_url *url;
    calx_engine_options options;
    calx_driver_choice choice;
    calx_database *database;
    const struct calx__dialect *dialect;
    struct calx__sql_cache *sql_cache;
    calx__listener listeners[CALX_EVENT_LISTENERS_MAX];
    size_t listener_count;
    calx__session_listener session_listeners[CALX_EVENT_LISTENERS_MAX];
    size_t session_listener_count;
    calx__pool pool;
    calx__read_line *read_lines; /* NULL where reads cannot share */
    calx__replica *replica;      /* or NULL */
};

struct calx__connection {
    calx_engine *engine;
    calx_connection *base; /* the driver's */
    calx__statements statements;
    calx_value *scratch; /* unit.c: completed binds, then the values of a row */
    size_t scratch_count;
    calx__kept kept;
    int64_t opened_us;
    int64_t verified_us; /* when it was last known to be alive */
    /* The pool's, under its mutex. */
    calx_waiter *holder; /* who has it; NULL while idle */
    calx__connection *next;
    calx__connection *previous;
};

/* The earlier one of a deadline and so many milliseconds from now. */
static inline int64_t calx__deadline_within_ms(int64_t deadline_us, int milliseconds)
{
    int64_t bound_us = calx_deadline_in_ms(milliseconds);
    return bound_us < deadline_us ? bound_us : deadline_us;
}

/* As calx__connection_acquire; always: an idle one is checked however fresh it is. */
int calx__connection_acquire_checked(calx_engine *engine, bool always, int64_t deadline_us,
                                     calx__connection **out, calx_error *err);

/* Is the unit's only statement a transaction by itself, so that BEGIN and COMMIT can be left out?
 */
bool calx__unit_is_lone(const calx__connection *connection, const calx_unit *unit,
                        int64_t deadline_us);

/* Closes every idle connection. */
void calx__engine_close_idle(calx_engine *engine);

/* The time at which something begins of which an event will tell; 0 when nobody listens. */
int64_t calx__event_start(const calx_engine *engine);

/* Calls the listeners; engine and duration are filled in here. */
void calx__event_send(const calx_engine *engine, int64_t started_us, calx_event event);

#endif
