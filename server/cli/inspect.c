/* inspect.c: `db inspect`: the tables that are there, for people. */
#include <stdio.h>
#include <string.h>

#include <calx/reflection.h>

#include "server/cli/inspect.h"

static void print_names(const char *const *names, size_t count)
{
    printf("(");
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i == 0 ? "" : ", ", names[i]);
    printf(")");
}

static void print_head(const char *kind, const char *name)
{
    printf("  %s%s%s ", kind, name ? " " : "", name ? name : "");
}

static void print_columns(const calx_reflected_table *table)
{
    int name_width = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        int length = (int)strlen(table->columns[i].name);
        name_width = length > name_width ? length : name_width;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const calx_reflected_column *column = &table->columns[i];
        printf("  %-*s  %s%s%s", name_width, column->name,
               column->enumeration ? column->enumeration : "", column->enumeration ? " " : "",
               column->type_text[0] != '\0' ? column->type_text : "(no type)");
        printf("%s%s%s", column->nullable ? "" : " NOT NULL", column->generated ? " generated" : "",
               column->computed ? " computed" : "");
        if (column->server_default)
            printf(" DEFAULT %s", column->server_default);
        printf("\n");
    }
}

static void print_key(const char *kind, const calx_reflected_key *key)
{
    print_head(kind, key->name);
    print_names(key->columns, key->column_count);
    printf("\n");
}

static void print_foreign_key(const calx_reflected_foreign_key *key)
{
    print_head("FOREIGN KEY", key->name);
    print_names(key->columns, key->column_count);
    printf(" REFERENCES %s ", key->referred_table);
    print_names(key->referred_columns, key->column_count);
    if (strcmp(key->on_delete, "NO ACTION") != 0)
        printf(" ON DELETE %s", key->on_delete);
    if (strcmp(key->on_update, "NO ACTION") != 0)
        printf(" ON UPDATE %s", key->on_update);
    printf("\n");
}

static void print_index(const calx_reflected_index *index)
{
    print_head(index->unique ? "UNIQUE INDEX" : "INDEX", index->name);
    printf("(");
    for (size_t i = 0; i < index->column_count; i++)
        printf("%s%s", i == 0 ? "" : ", ",
               index->columns[i] ? index->columns[i] : index->expressions[i]);
    printf(")%s%s\n", index->where ? " WHERE " : "", index->where ? index->where : "");
}

static void print_table(const calx_reflected_table *table)
{
    printf("%s\n", table->name);
    print_columns(table);
    if (table->primary_key.column_count > 0)
        print_key("PRIMARY KEY", &table->primary_key);
    for (size_t i = 0; i < table->unique_count; i++)
        print_key("UNIQUE", &table->uniques[i]);
    for (size_t i = 0; i < table->foreign_key_count; i++)
        print_foreign_key(&table->foreign_keys[i]);
    for (size_t i = 0; i < table->check_count; i++) {
        print_head("CHECK", table->checks[i].name);
        printf("(%s)\n", table->checks[i].sql);
    }
    for (size_t i = 0; i < table->index_count; i++)
        print_index(&table->indexes[i]);
}

static void print_all(const calx_reflection *all)
{
    for (size_t i = 0; i < all->table_count; i++) {
        printf("%s", i == 0 ? "" : "\n");
        print_table(&all->tables[i]);
    }
}

int calx__cli_db_inspect(calx__cli *cli)
{
    calx_app *app = cli->app;
    calx_arena arena = {0};
    calx_reflection all;
    calx_error err = {0};
    int status = CALX__CLI_DONE;
    if (calx__app_engine(app, &err) < 0 ||
        calx_reflect(app->engine, &arena, CALX_NO_DEADLINE, &all, &err) < 0)
        status = calx__cli_database_failed(app, &err);
    else if (!cli->model)
        print_all(&all);
    else if (!calx__cli_write_models(stdout, &all)) {
        fprintf(stderr, "%s: out of memory\n", app->name);
        status = CALX__CLI_FAILED;
    }
    calx_arena_finish(&arena);
    calx__app_engine_close(app);
    return status;
}
