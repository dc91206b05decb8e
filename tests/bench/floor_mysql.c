/* floor_mysql.c: the prepared statements of MariaDB's client library. */
#include <stdlib.h>
#include <string.h>

#include <mysql.h>

#include "tests/bench/floor.h"

#define COLUMNS 4

typedef struct mysql_floor {
    bench_floor base;
    MYSQL *connection;
    MYSQL_STMT *statements[BENCH_STATEMENT_COUNT];
} mysql_floor;

static mysql_floor *of(bench_floor *floor)
{
    return (mysql_floor *)floor;
}

static void execute(bench_floor *floor, const char *sql)
{
    if (mysql_query(of(floor)->connection, sql) != 0)
        bench_die("mysql", mysql_error(of(floor)->connection));
}

static void begin_reading(bench_floor *floor)
{
    execute(floor, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    execute(floor, "BEGIN");
}

static void begin_writing(bench_floor *floor)
{
    execute(floor, "BEGIN");
}

static void commit(bench_floor *floor)
{
    execute(floor, "COMMIT");
}

static MYSQL_BIND integer(const int32_t *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONG, .buffer = (void *)value};
}

static MYSQL_BIND boolean(const bool *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_TINY, .buffer = (void *)value};
}

static MYSQL_BIND title_of(bench_row *row)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                        .buffer = row->title,
                        .buffer_length = sizeof row->title,
                        .length = &row->title_length};
}

static MYSQL_STMT *run(bench_floor *floor, bench_statement kind, MYSQL_BIND *binds)
{
    MYSQL_STMT *statement = of(floor)->statements[kind];
    if (mysql_stmt_bind_param(statement, binds) || mysql_stmt_execute(statement) != 0)
        bench_die("mysql", mysql_stmt_error(statement));
    return statement;
}

static int select_by_id(bench_floor *floor, bench_statement kind, int32_t id, bench_row *rows,
                        int row_count_max)
{
    bench_row row = {0};
    MYSQL_BIND columns[COLUMNS] = {integer(&row.id), title_of(&row), integer(&row.order),
                                   boolean(&row.completed)};
    MYSQL_STMT *statement = run(floor, kind, (MYSQL_BIND[]){integer(&id)});
    int count = 0;
    int code;

    if (mysql_stmt_bind_result(statement, columns) || mysql_stmt_store_result(statement) != 0)
        bench_die("mysql", mysql_stmt_error(statement));
    while ((code = mysql_stmt_fetch(statement)) == 0 && count < row_count_max)
        rows[count++] = row;
    if (code != MYSQL_NO_DATA)
        bench_die("mysql", mysql_stmt_error(statement));
    mysql_stmt_free_result(statement);
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
    MYSQL_STMT *statement =
        run(floor, BENCH_INSERT,
            (MYSQL_BIND[]){title_of(row), integer(&row->order), boolean(&row->completed)});
    row->id = (int32_t)mysql_stmt_insert_id(statement);
}

static void update(bench_floor *floor, const bench_row *row)
{
    run(floor, BENCH_UPDATE, (MYSQL_BIND[]){boolean(&row->completed), integer(&row->id)});
}

static void close_floor(bench_floor *floor)
{
    for (int i = 0; i < BENCH_STATEMENT_COUNT; i++)
        mysql_stmt_close(of(floor)->statements[i]);
    mysql_close(of(floor)->connection);
    free(floor);
}

static void prepare_all(mysql_floor *floor)
{
    static const char *const sql[BENCH_STATEMENT_COUNT] = {
        [BENCH_GET] = "SELECT id, title, `order`, completed FROM " BENCH_TABLE " WHERE id = ?",
        [BENCH_LOAD] =
            "SELECT id, title, `order`, completed FROM " BENCH_TABLE " WHERE id <= ? ORDER BY id",
        [BENCH_INSERT] = "INSERT INTO " BENCH_TABLE " (title, `order`, completed) VALUES (?, ?, ?)",
        [BENCH_UPDATE] = "UPDATE " BENCH_TABLE " SET completed = ? WHERE id = ?",
    };
    for (int i = 0; i < BENCH_STATEMENT_COUNT; i++) {
        MYSQL_STMT *statement = mysql_stmt_init(floor->connection);
        floor->statements[i] = statement;
        if (!statement || mysql_stmt_prepare(statement, sql[i], strlen(sql[i])) != 0)
            bench_die("mysql", mysql_error(floor->connection));
    }
}

bench_floor *bench_floor_open_mysql(const calx_url *url)
{
    mysql_floor *floor = calloc(1, sizeof *floor);
    MYSQL *connection = mysql_init(NULL);
    unsigned port = url->port == CALX_URL_NO_PORT ? 3306 : (unsigned)url->port;

    if (!floor || !connection)
        bench_die("mysql", "out of memory");
    floor->base = (bench_floor){execute, begin_reading, begin_writing, commit,     get,
                                load,    insert,        update,        close_floor};
    floor->connection = connection;
    mysql_optionsv(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(connection, url->host, url->username, url->password, url->database,
                            port, NULL, 0))
        bench_die("mysql", mysql_error(connection));
    execute(&floor->base, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    prepare_all(floor);
    return &floor->base;
}
