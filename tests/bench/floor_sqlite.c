/* floor_sqlite.c: SQLite's own library, with the session state that calx pins: WAL, a sync for each
 * commit, foreign keys. */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "tests/bench/floor.h"

typedef struct sqlite_floor {
    bench_floor base;
    sqlite3 *db;
    sqlite3_stmt *statements[BENCH_STATEMENT_COUNT];
    sqlite3_stmt *begin;
    sqlite3_stmt *begin_immediate;
    sqlite3_stmt *commit;
} sqlite_floor;

static sqlite_floor *of(bench_floor *floor)
{
    return (sqlite_floor *)floor;
}

static void expect(sqlite_floor *floor, int code, int wanted)
{
    if (code != wanted)
        bench_die("sqlite", sqlite3_errmsg(floor->db));
}

static void finish(sqlite_floor *floor, sqlite3_stmt *statement)
{
    expect(floor, sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
}

static void execute(bench_floor *base, const char *sql)
{
    sqlite_floor *floor = of(base);
    expect(floor, sqlite3_exec(floor->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void begin_reading(bench_floor *base)
{
    finish(of(base), of(base)->begin);
}

static void begin_writing(bench_floor *base)
{
    finish(of(base), of(base)->begin_immediate);
}

static void commit(bench_floor *base)
{
    finish(of(base), of(base)->commit);
}

static int read_rows(sqlite_floor *floor, sqlite3_stmt *statement, bench_row *rows, int most)
{
    int count = 0;
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW && count < most) {
        bench_row *row = &rows[count++];
        row->id = sqlite3_column_int(statement, 0);
        const unsigned char *title = sqlite3_column_text(statement, 1);
        row->title_length = (unsigned long)sqlite3_column_bytes(statement, 1);
        memcpy(row->title, title, row->title_length < BENCH_TITLE_SIZE ? row->title_length : 0);
        row->order = sqlite3_column_int(statement, 2);
        row->completed = sqlite3_column_int(statement, 3) != 0;
    }
    expect(floor, code, SQLITE_DONE);
    sqlite3_reset(statement);
    return count;
}

static int get(bench_floor *base, int32_t id, bench_row *row)
{
    sqlite3_stmt *statement = of(base)->statements[BENCH_GET];
    sqlite3_bind_int(statement, 1, id);
    return read_rows(of(base), statement, row, 1);
}

static int load(bench_floor *base, int32_t id_max, bench_row *rows, int row_count_max)
{
    sqlite3_stmt *statement = of(base)->statements[BENCH_LOAD];
    sqlite3_bind_int(statement, 1, id_max);
    return read_rows(of(base), statement, rows, row_count_max);
}

static void insert(bench_floor *base, bench_row *row)
{
    sqlite3_stmt *statement = of(base)->statements[BENCH_INSERT];
    sqlite3_bind_text(statement, 1, row->title, (int)row->title_length, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, row->order);
    sqlite3_bind_int(statement, 3, row->completed);
    finish(of(base), statement);
    row->id = (int32_t)sqlite3_last_insert_rowid(of(base)->db);
}

static void update(bench_floor *base, const bench_row *row)
{
    sqlite3_stmt *statement = of(base)->statements[BENCH_UPDATE];
    sqlite3_bind_int(statement, 1, row->completed);
    sqlite3_bind_int(statement, 2, row->id);
    finish(of(base), statement);
}

static void close_floor(bench_floor *base)
{
    sqlite_floor *floor = of(base);
    for (int i = 0; i < BENCH_STATEMENT_COUNT; i++)
        sqlite3_finalize(floor->statements[i]);
    sqlite3_finalize(floor->begin);
    sqlite3_finalize(floor->begin_immediate);
    sqlite3_finalize(floor->commit);
    sqlite3_close(floor->db);
    free(floor);
}

static sqlite3_stmt *prepare(sqlite_floor *floor, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    expect(floor,
           sqlite3_prepare_v3(floor->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL),
           SQLITE_OK);
    return statement;
}

static void prepare_all(sqlite_floor *floor)
{
    static const char *const sql[BENCH_STATEMENT_COUNT] = {
        [BENCH_GET] = "SELECT id, title, \"order\", completed FROM " BENCH_TABLE " WHERE id = ?",
        [BENCH_LOAD] =
            "SELECT id, title, \"order\", completed FROM " BENCH_TABLE " WHERE id <= ? ORDER BY id",
        [BENCH_INSERT] =
            "INSERT INTO " BENCH_TABLE " (title, \"order\", completed) VALUES (?, ?, ?)",
        [BENCH_UPDATE] = "UPDATE " BENCH_TABLE " SET completed = ? WHERE id = ?",
    };
    for (int i = 0; i < BENCH_STATEMENT_COUNT; i++)
        floor->statements[i] = prepare(floor, sql[i]);
    floor->begin = prepare(floor, "BEGIN");
    floor->begin_immediate = prepare(floor, "BEGIN IMMEDIATE");
    floor->commit = prepare(floor, "COMMIT");
}

bench_floor *bench_floor_open_sqlite(const calx_url *url)
{
    sqlite_floor *floor = calloc(1, sizeof *floor);
    if (!floor)
        bench_die("sqlite", "out of memory");
    floor->base = (bench_floor){execute, begin_reading, begin_writing, commit,     get,
                                load,    insert,        update,        close_floor};
    expect(floor,
           sqlite3_open_v2(url->database, &floor->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                           NULL),
           SQLITE_OK);
    execute(&floor->base,
            "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL;"
            "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA mmap_size=0");
    prepare_all(floor);
    return &floor->base;
}
