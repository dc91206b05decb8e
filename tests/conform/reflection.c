/* reflection.c: what the catalogue says of the tables that models have made. */
#include <calx/reflection.h>

#include "core.h"

static const calx_model *const models[] = {&Kind_model, &Article_model, &Line_model, &Author_model,
                                           &Book_model, &Shelf_model,   &Place_model};

typedef void look(conform *c, const calx_model *model, const calx_reflected_table *table);

static void columns_are_the_models(conform *c, const calx_model *model,
                                   const calx_reflected_table *table)
{
    conform_expect_integer(c, model->name, (int64_t)model->column_count,
                           (int64_t)table->column_count);
    for (size_t i = 0; i < model->column_count && conform_ok(c); i++) {
        const calx_column *column = &model->columns[i];
        const calx_reflected_column *came = &table->columns[i];
        conform_expect_string(c, "column", calx_column_name(column), came->name);
        conform_expect_true(c, "NULL as in the model", column->nullable == came->nullable);
        if (column->length > 0)
            conform_expect_integer(c, "length", column->length, came->length);
    }
}

static void keys_are_the_models(conform *c, const calx_model *model,
                                const calx_reflected_table *table)
{
    size_t at = 0;
    for (size_t i = 0; i < model->column_count && conform_ok(c); i++) {
        if (!model->columns[i].primary_key)
            continue;
        const char *came =
            at < table->primary_key.column_count ? table->primary_key.columns[at] : NULL;
        conform_expect_string(c, model->name, calx_column_name(&model->columns[i]), came);
        at++;
    }
    conform_expect_integer(c, "columns of the key", (int64_t)at,
                           (int64_t)table->primary_key.column_count);
}

static void references_are_the_models(conform *c, const calx_model *model,
                                      const calx_reflected_table *table)
{
    int64_t expected = 0;
    for (size_t i = 0; i < model->column_count; i++)
        expected += model->columns[i].reference.model != NULL;
    conform_expect_integer(c, model->name, expected, (int64_t)table->foreign_key_count);
    for (size_t i = 0; conform_ok(c) && i < table->foreign_key_count; i++)
        conform_expect_integer(c, "columns of it", 1, (int64_t)table->foreign_keys[i].column_count);
}

static void uniques_are_the_models(conform *c, const calx_model *model,
                                   const calx_reflected_table *table)
{
    int64_t expected = 0;
    for (size_t i = 0; i < model->column_count; i++)
        expected += model->columns[i].unique;
    conform_expect_integer(c, model->name, expected, (int64_t)table->unique_count);
}

typedef struct aspect {
    const char *name;
    look *look;
} aspect;

static const aspect aspects[] = {
    {"columns", columns_are_the_models},
    {"primary_keys", keys_are_the_models},
    {"foreign_keys", references_are_the_models},
    {"unique_constraints", uniques_are_the_models},
};

static void the_catalogue_says_so(conform *c, const void *data)
{
    const aspect *given = data;
    calx_arena arena = {0};
    calx_reflection reflection = {0};
    calx_engine *engine = conform_engine(c);
    if (!conform_ok(c))
        return;
    int status = calx_reflect(engine, &arena, conform_soon(), &reflection, &c->err);
    conform_expect_success(c, "reading the catalogue", status, &c->err);
    for (size_t i = 0; i < sizeof models / sizeof *models && conform_ok(c); i++) {
        const calx_reflected_table *table = calx_reflection_table(&reflection, models[i]->table);
        conform_expect_true(c, "the table is there", table != NULL);
        if (conform_ok(c))
            given->look(c, models[i], table);
    }
    calx_arena_finish(&arena);
}

void conform_area_reflection(conform *c)
{
    for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++)
        conform_case(c, 0, the_catalogue_says_so, &aspects[i], "%s_are_the_models",
                     aspects[i].name);
}
