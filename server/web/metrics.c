/* metrics.c: counters of each thread, and their sums as text. */
#include "server/web/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define STATUS_MAX 600 /* beyond it, and below 100, counts as 0: no answer */

/* Upper bounds of a histogram's buckets, in seconds as they are printed and in microseconds. */
#define BUCKETS(X)                                                                                 \
    X("0.0005", 500)                                                                               \
    X("0.001", 1000)                                                                               \
    X("0.0025", 2500)                                                                              \
    X("0.005", 5000)                                                                               \
    X("0.01", 10000)                                                                               \
    X("0.025", 25000)                                                                              \
    X("0.05", 50000)                                                                               \
    X("0.1", 100000)                                                                               \
    X("0.25", 250000)                                                                              \
    X("0.5", 500000)                                                                               \
    X("1", 1000000)                                                                                \
    X("2.5", 2500000)                                                                              \
    X("5", 5000000)                                                                                \
    X("10", 10000000)

#define BOUND(text, us) (us),
static const int64_t bounds_us[] = {BUCKETS(BOUND)};
#undef BOUND
#define TEXT(text, us) (text),
static const char *const bound_texts[] = {BUCKETS(TEXT)};
#undef TEXT
enum { BOUND_COUNT = sizeof bounds_us / sizeof *bounds_us };

/* The same of units in a transaction. */
#define SIZES(X) X("1", 1) X("2", 2) X("4", 4) X("8", 8) X("16", 16) X("32", 32) X("64", 64)
#define BOUND(text, size) (size),
static const int64_t size_bounds[] = {SIZES(BOUND)};
#undef BOUND
#define TEXT(text, size) (text),
static const char *const size_texts[] = {SIZES(TEXT)};
#undef TEXT
enum { SIZE_COUNT = sizeof size_bounds / sizeof *size_bounds };

/* What a histogram counts. */
typedef struct measure {
    const int64_t *bounds;
    const char *const *texts;
    size_t count; /* of bounds, BOUND_COUNT at most */
    double unit;  /* what is printed is so many times smaller */
} measure;

static const measure durations = {bounds_us, bound_texts, BOUND_COUNT, 1e6};
static const measure sizes = {size_bounds, size_texts, SIZE_COUNT, 1};

/* Written by one thread, read by any: never half a number. */
typedef _Atomic uint64_t counter;

typedef struct histogram {
    counter buckets[BOUND_COUNT + 1]; /* the last one of the measure: beyond every bound */
    counter sum;
} histogram;

/* The routes' in their order, then one for all that has no route. */
typedef struct route_counters {
    counter statuses[STATUS_MAX];
    histogram durations;
} route_counters;

enum { FAILED, SUCCEEDED, OUTCOMES };

/* One thread's. */
typedef struct shard {
    struct shard *next;
    counter events[CALX_EVENT_STATEMENT + 1][OUTCOMES];
    histogram statements;
    histogram groups; /* units that were committed together */
    route_counters routes[];
} shard;

struct calx__metrics {
    uint64_t number; /* no other metrics of this process have it */
    const calx_router *router;
    size_t route_count;
    pthread_mutex_t mutex; /* of the list */
    shard *shards;
};

/* ---- Life ---- */

calx__metrics *calx__metrics_create(const calx_router *router)
{
    static _Atomic uint64_t numbers;
    calx__metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL)
        return NULL;
    metrics->number = ++numbers;
    metrics->router = router;
    while (calx__router_at(router, metrics->route_count) != NULL)
        metrics->route_count++;
    pthread_mutex_init(&metrics->mutex, NULL);
    return metrics;
}

void calx__metrics_destroy(calx__metrics *metrics)
{
    if (metrics == NULL)
        return;
    while (metrics->shards != NULL) {
        shard *next = metrics->shards->next;
        free(metrics->shards);
        metrics->shards = next;
    }
    pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}

/* ---- Counting ---- */

static shard *shard_create(calx__metrics *metrics)
{
    shard *made = calloc(1, sizeof *made + (metrics->route_count + 1) * sizeof(route_counters));
    if (made == NULL)
        return NULL;
    pthread_mutex_lock(&metrics->mutex);
    made->next = metrics->shards;
    metrics->shards = made;
    pthread_mutex_unlock(&metrics->mutex);
    return made;
}

/* This thread's; NULL when out of memory, then it does not count. */
static shard *own_shard(calx__metrics *metrics)
{
    static _Thread_local struct {
        uint64_t number;
        shard *shard;
    } own;
    if (own.number != metrics->number) {
        own.shard = shard_create(metrics);
        own.number = own.shard ? metrics->number : 0;
    }
    return own.shard;
}

static void add(counter *of, uint64_t more)
{
    uint64_t now = atomic_load_explicit(of, memory_order_relaxed);
    atomic_store_explicit(of, now + more, memory_order_relaxed);
}

static void observe(histogram *of, const measure *in, int64_t value)
{
    size_t bucket = 0;
    while (bucket < in->count && value > in->bounds[bucket])
        bucket++;
    add(&of->buckets[bucket], 1);
    add(&of->sum, value > 0 ? (uint64_t)value : 0);
}

static size_t index_of(const calx__metrics *metrics, const calx_route *route)
{
    size_t index = 0;
    while (index < metrics->route_count && calx__router_at(metrics->router, index) != route)
        index++;
    return index;
}

void calx__metrics_request(calx__metrics *metrics, const calx_route *route, int status,
                           int64_t duration_us)
{
    shard *own = own_shard(metrics);
    if (own == NULL)
        return;
    route_counters *counters = &own->routes[index_of(metrics, route)];
    add(&counters->statuses[status >= 100 && status < STATUS_MAX ? status : 0], 1);
    observe(&counters->durations, &durations, duration_us);
}

void calx__metrics_event(void *context, const calx_event *event)
{
    shard *own = own_shard(context);
    if (own == NULL)
        return;
    add(&own->events[event->kind][event->error ? FAILED : SUCCEEDED], 1);
    if (event->kind == CALX_EVENT_STATEMENT)
        observe(&own->statements, &durations, event->duration_us);
    if (event->units > 0)
        observe(&own->groups, &sizes, (int64_t)event->units);
}

/* ---- Adding up ---- */

/* A counter of every shard lies at the same place. */
static uint64_t sum(const calx__metrics *metrics, size_t offset)
{
    uint64_t total = 0;
    for (const shard *one = metrics->shards; one != NULL; one = one->next)
        total += atomic_load_explicit((const counter *)((const char *)one + offset),
                                      memory_order_relaxed);
    return total;
}

#define PLACE(member) offsetof(shard, member)

static size_t route_at(size_t index)
{
    return PLACE(routes) + index * sizeof(route_counters);
}

/* ---- Writing ---- */

static void head(calx_buffer *out, const char *name, const char *type, const char *help)
{
    calx_buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void calx__metrics_write_value(calx_buffer *out, const char *name, const char *type,
                               const char *help, double value)
{
    head(out, name, type, help);
    calx_buffer_append_format(out, "%s %.15g\n", name, value);
}

/* labels: `route="/",method="GET"`, or empty. */
static void write_histogram(const calx__metrics *metrics, const measure *in, size_t offset,
                            const char *name, const char *labels, calx_buffer *out)
{
    uint64_t count = 0;
    const char *comma = *labels ? "," : "";
    for (size_t i = 0; i <= in->count; i++) {
        count += sum(metrics, offset + offsetof(histogram, buckets) + i * sizeof(counter));
        calx_buffer_append_format(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, labels,
                                  comma, i < in->count ? in->texts[i] : "+Inf", count);
    }
    uint64_t total = sum(metrics, offset + offsetof(histogram, sum));
    const char *open = *labels ? "{" : "";
    const char *close = *labels ? "}" : "";
    calx_buffer_append_format(out, "%s_sum%s%s%s %.6f\n%s_count%s%s%s %" PRIu64 "\n", name, open,
                              labels, close, (double)total / in->unit, name, open, labels, close,
                              count);
}

#define LABELS_MAX 512

/* route="/todos/",method="GET": of the last one, which is no route, empty. */
static void label_route(const calx__metrics *metrics, size_t index, char out[LABELS_MAX])
{
    const calx_route *route = calx__router_at(metrics->router, index);
    char pattern[LABELS_MAX / 2];
    size_t length = 0;
    for (const char *at = route ? route->pattern : ""; *at && length < sizeof pattern - 2; at++) {
        if (*at == '"' || *at == '\\')
            pattern[length++] = '\\';
        pattern[length++] = *at;
    }
    pattern[length] = '\0';
    snprintf(out, LABELS_MAX, "route=\"%s\",method=\"%s\"", pattern, route ? route->methods : "");
}

static void write_requests(const calx__metrics *metrics, calx_buffer *out)
{
    static const char name[] = "calx_http_requests_total";
    char labels[LABELS_MAX];
    head(out, name, "counter", "Requests that have ended, by route and status.");
    for (size_t i = 0; i <= metrics->route_count; i++) {
        label_route(metrics, i, labels);
        for (size_t status = 0; status < STATUS_MAX; status++) {
            uint64_t count = sum(metrics, route_at(i) + offsetof(route_counters, statuses) +
                                              status * sizeof(counter));
            if (count > 0)
                calx_buffer_append_format(out, "%s{%s,status=\"%zu\"} %" PRIu64 "\n", name, labels,
                                          status, count);
        }
    }
}

static void write_durations(const calx__metrics *metrics, calx_buffer *out)
{
    static const char name[] = "calx_http_request_duration_seconds";
    char labels[LABELS_MAX];
    head(out, name, "histogram", "From a request's head to the end of its answer.");
    for (size_t i = 0; i <= metrics->route_count; i++) {
        label_route(metrics, i, labels);
        write_histogram(metrics, &durations, route_at(i) + offsetof(route_counters, durations),
                        name, labels, out);
    }
}

static void write_events(const calx__metrics *metrics, calx_buffer *out)
{
    static const char name[] = "calx_database_events_total";
#define WORD(NAME, text) [CALX_EVENT_##NAME] = (text),
    static const char *const words[] = {CALX_EVENTS(WORD)};
#undef WORD
    head(out, name, "counter", "What happened on connections to the database.");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int outcome = FAILED; outcome < OUTCOMES; outcome++)
            calx_buffer_append_format(
                out, "%s{event=\"%s\",result=\"%s\"} %" PRIu64 "\n", name, words[i],
                outcome == FAILED ? "failed" : "done",
                sum(metrics, PLACE(events) + (i * OUTCOMES + (size_t)outcome) * sizeof(counter)));
    head(out, "calx_statement_duration_seconds", "histogram",
         "Statements, as the server sees them.");
    write_histogram(metrics, &durations, PLACE(statements), "calx_statement_duration_seconds", "",
                    out);
    head(out, "calx_commit_units", "histogram", "Units of work that were committed together.");
    write_histogram(metrics, &sizes, PLACE(groups), "calx_commit_units", "", out);
}

void calx__metrics_write(calx__metrics *metrics, calx_buffer *out)
{
    pthread_mutex_lock(&metrics->mutex);
    write_requests(metrics, out);
    write_durations(metrics, out);
    write_events(metrics, out);
    pthread_mutex_unlock(&metrics->mutex);
}
