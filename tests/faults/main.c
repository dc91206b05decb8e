/* main.c: faults: runs the same work over and over, with other faults each time, and counts. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

#define SEEDS_STANDARD 15
#define KEYS_OF_A_SEED 100
#define EVERY 20 /* one call of so many fails */
#define URI_MAX 4096

CALX_MODEL_DEFINE(Purchase, "faults_purchases", PURCHASE)
CALX_MODEL_DEFINE(PurchaseLine, "faults_lines", PURCHASE_LINE)
CALX_MODEL_DEFINE(Till, "faults_tills", TILL)

static const calx_model *const models[] = {&Purchase_model, &PurchaseLine_model, &Till_model};

static const char usage[] =
    "usage: faults [--seeds N] [--first SEED] [--log FILE]\n"
    "\n"
    "Works on the database that CALX_TEST_URI names, through the driver \"fault\", once for\n"
    "each seed, and prints what was acknowledged, lost, half written or done twice.\n"
    "FILE gets a line for each fault; without it that is stderr for one seed.\n";

typedef struct run {
    const char *uri;
    const char *log;
    calx_engine *engine; /* which does not fail */
    totals sums;
} run;

/* sqlite+sqlite3:///x becomes sqlite+fault:///x?fault_driver=sqlite3 and the rest. */
static void fault_uri(const run *r, uint64_t seed, char out[URI_MAX])
{
    size_t scheme = strcspn(r->uri, ":");
    size_t dialect = strcspn(r->uri, "+:");
    const char *driver = dialect < scheme ? r->uri + dialect + 1 : "dbi";
    int driver_length = dialect < scheme ? (int)(scheme - dialect - 1) : 3;
    snprintf(out, URI_MAX, "%.*s+fault%s%sfault_driver=%.*s&seed=%llu&fault_every=%d%s%s",
             (int)dialect, r->uri, r->uri + scheme, strchr(r->uri, '?') ? "&" : "?", driver_length,
             driver, (unsigned long long)seed, EVERY, r->log ? "&fault_log=" : "",
             r->log ? r->log : "");
}

static bool add_till(run *r, int64_t id)
{
    calx_session *session = calx_session_create(r->engine);
    Till_new(session)->id = id;
    bool added = calx_session_commit(session) == 0;
    calx_session_destroy(session);
    return added;
}

/* False: something is wrong with this seed. */
static bool run_seed(run *r, uint64_t seed)
{
    char uri[URI_MAX];
    calx_engine *engine;
    memo notes = {.seed = seed, .first_key = (int64_t)(seed * KEYS_OF_A_SEED)};
    fault_uri(r, seed, uri);
    if (!add_till(r, notes.first_key) || calx_engine_create(uri, NULL, &engine, &notes.err) < 0) {
        fprintf(stderr, "seed %llu: cannot begin: %s\n", (unsigned long long)seed,
                notes.err.message);
        return false;
    }
    work(engine, &notes);
    bool leaked = calx_engine_pool(engine).held != 0;
    r->sums.leaked += leaked;
    calx_engine_destroy(engine);
    return count(r->engine, &notes, &r->sums) && !leaked;
}

static int run_all(run *r, uint64_t first, uint64_t seeds)
{
    calx_error err = {0};
    uint64_t bad = 0;
    int status = calx_engine_create(r->uri, NULL, &r->engine, &err);
    if (status == 0)
        status = calx_drop_all(r->engine, models, 3, CALX_NO_DEADLINE, &err);
    if (status == 0)
        status = calx_create_all(r->engine, models, 3, CALX_NO_DEADLINE, &err);
    if (status < 0)
        fprintf(stderr, "faults: %s\n", err.message);
    for (uint64_t seed = first; status == 0 && seed < first + seeds; seed++)
        bad += !run_seed(r, seed);
    const totals *s = &r->sums;
    printf(
        "%llu seeds: acknowledged %lld, refused %lld, unknown %lld; lost %lld, half written "
        "%lld, twice %lld, stuck %lld, leaked %lld\n",
        (unsigned long long)seeds, s->acknowledged, s->refused, s->unknown, s->lost, s->half,
        s->twice, s->stuck, s->leaked);
    if (status == 0)
        calx_drop_all(r->engine, models, 3, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(r->engine);
    return status < 0 || bad > 0 || s->unknown + s->refused == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seeds", required_argument, NULL, 's'},
                                            {"first", required_argument, NULL, 'f'},
                                            {"log", required_argument, NULL, 'l'},
                                            {0}};
    const char *wanted = getenv("CALX_FAULT_SEEDS");
    uint64_t seeds = wanted ? strtoull(wanted, NULL, 10) : SEEDS_STANDARD;
    uint64_t first = 1;
    run r = {.uri = getenv("CALX_TEST_URI")};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 's')
            seeds = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            first = strtoull(optarg, NULL, 10);
        else if (option == 'l')
            r.log = optarg;
        else
            r.uri = NULL;
    }
    if (r.uri == NULL || seeds == 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (r.log == NULL && seeds > 1)
        r.log = "/dev/null";
    return run_all(&r, first, seeds);
}
