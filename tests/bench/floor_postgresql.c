/* floor_postgresql.c: libpq's PQexecPrepared, parameters and results in binary. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "tests/bench/floor.h"

#define PARAMETERS_MAX 3

typedef struct postgresql_floor {
    bench_floor base;
    PGconn *connection;
} postgresql_floor;

static const char *const names[BENCH_STATEMENT_COUNT] = {"get", "load", "insert", "update"};

static PGconn *of(bench_floor *floor)
{
    return ((postgresql_floor *)floor)->connection;
}

static PGresult *expect(bench_floor *floor, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted)
        bench_die("postgresql", PQerrorMessage(of(floor)));
    return result;
}

static void execute(bench_floor *floor, const char *sql)
{
    PQclear(expect(floor, PQexec(of(floor), sql), PGRES_COMMAND_OK));
}

static void begin_reading(bench_floor *floor)
{
    execute(floor, "BEGIN ISOLATION LEVEL REPEATABLE READ");
}

static void begin_writing(bench_floor *floor)
{
    execute(floor, "BEGIN ISOLATION LEVEL READ COMMITTED");
}

static void commit(bench_floor *floor)
{
    execute(floor, "COMMIT");
}

static PGresult *run(bench_floor *floor, bench_statement statement, int count,
                     const char *const *values, const int *lengths, ExecStatusType wanted)
{
    static const int binary[PARAMETERS_MAX] = {1, 1, 1};
    PGresult *result =
        PQexecPrepared(of(floor), names[statement], count, values, lengths, binary, 1);
    return expect(floor, result, wanted);
}

static int32_t integer_at(const PGresult *result, int row, int column)
{
    uint32_t bits;
    memcpy(&bits, PQgetvalue(result, row, column), sizeof bits);
    return (int32_t)ntohl(bits);
}

static int select_by_id(bench_floor *floor, bench_statement statement, int32_t id, bench_row *rows,
                        int row_count_max)
{
    uint32_t bits = htonl((uint32_t)id);
    PGresult *result = run(floor, statement, 1, (const char *[]){(const char *)&bits},
                           (int[]){sizeof bits}, PGRES_TUPLES_OK);
    int count = PQntuples(result);
    for (int i = 0; i < count && i < row_count_max; i++) {
        bench_row *row = &rows[i];
        row->id = integer_at(result, i, 0);
        row->title_length = (unsigned long)PQgetlength(result, i, 1);
        memcpy(row->title, PQgetvalue(result, i, 1),
               row->title_length < BENCH_TITLE_SIZE ? row->title_length : 0);
        row->order = integer_at(result, i, 2);
        row->completed = *PQgetvalue(result, i, 3) != 0;
    }
    PQclear(result);
    return count;
}

static int get(bench_floor *floor, int32_t id, bench_row *row)
{
    return select_by_id(floor, BENCH_GET, id, row, 1);
}

static int load(bench_floor *floor, int32_t id_max, bench_row *rows, int row_count_max)
{
    return select_by_id(floor, BENCH_LOAD, id_max, rows, row_count_max);
}

static void insert(bench_floor *floor, bench_row *row)
{
    uint32_t order = htonl((uint32_t)row->order);
    char completed = row->completed;
    PGresult *result =
        run(floor, BENCH_INSERT, 3, (const char *[]){row->title, (const char *)&order, &completed},
            (int[]){(int)row->title_length, sizeof order, 1}, PGRES_TUPLES_OK);
    row->id = integer_at(result, 0, 0);
    PQclear(result);
}

static void update(bench_floor *floor, const bench_row *row)
{
    uint32_t id = htonl((uint32_t)row->id);
    char completed = row->completed;
    PQclear(run(floor, BENCH_UPDATE, 2, (const char *[]){&completed, (const char *)&id},
                (int[]){1, sizeof id}, PGRES_COMMAND_OK));
}

static void close_floor(bench_floor *floor)
{
    PQfinish(of(floor));
    free(floor);
}

static void prepare_all(bench_floor *floor)
{
    static const char *const sql[BENCH_STATEMENT_COUNT] = {
        [BENCH_GET] = "SELECT id, title, \"order\", completed FROM " BENCH_TABLE " WHERE id = $1",
        [BENCH_LOAD] = "SELECT id, title, \"order\", completed FROM " BENCH_TABLE
                       " WHERE id <= $1 ORDER BY id",
        [BENCH_INSERT] = "INSERT INTO " BENCH_TABLE
                         " (title, \"order\", completed) VALUES ($1, $2, $3) RETURNING id",
        [BENCH_UPDATE] = "UPDATE " BENCH_TABLE " SET completed = $1 WHERE id = $2",
    };
    for (int i = 0; i < BENCH_STATEMENT_COUNT; i++) {
        PGresult *result = PQprepare(of(floor), names[i], sql[i], 0, NULL);
        PQclear(expect(floor, result, PGRES_COMMAND_OK));
    }
}

bench_floor *bench_floor_open_postgresql(const calx_url *url)
{
    postgresql_floor *floor = calloc(1, sizeof *floor);
    char port[16];
    const char *keys[] = {"host", "port", "user", "password", "dbname", NULL};
    const char *values[] = {url->host, port, url->username, url->password, url->database, NULL};

    if (!floor)
        bench_die("postgresql", "out of memory");
    floor->base = (bench_floor){execute, begin_reading, begin_writing, commit,     get,
                                load,    insert,        update,        close_floor};
    snprintf(port, sizeof port, "%d", url->port == CALX_URL_NO_PORT ? 5432 : url->port);
    floor->connection = PQconnectdbParams(keys, values, 0);
    if (PQstatus(floor->connection) != CONNECTION_OK)
        bench_die("postgresql", PQerrorMessage(floor->connection));
    prepare_all(&floor->base);
    return &floor->base;
}
