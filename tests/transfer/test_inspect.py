"""db inspect: what is there, and as models that compile and make the same tables again."""
import os
import re
import subprocess

import pytest

BUILD = os.environ["CALX_BUILD"]
MAIN = """
#include <calx/server.h>
int main(int argc, char **argv)
{
    calx_app *app = calx_app_create("again", NULL, NULL);
%s    return calx_app_main(app, argc, argv);
}
"""

# What the tutorial's Flask application makes of its model, with SQLAlchemy.
FLASK = {
    "sqlite": 'CREATE TABLE todos (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR, \n\t"order" INTEGER, \n\tcompleted BOOLEAN, '
              '\n\tPRIMARY KEY (id)\n)',
    "postgresql": 'CREATE TABLE todos (\n\tid SERIAL NOT NULL, \n\ttitle VARCHAR, \n\t"order" INTEGER, \n\tcompleted BOOLEAN, '
                  '\n\tPRIMARY KEY (id)\n)',
    "mysql": "CREATE TABLE todos (\n\tid INTEGER NOT NULL AUTO_INCREMENT, \n\ttitle VARCHAR(255), \n\t`order` INTEGER, "
             "\n\tcompleted BOOL, \n\tPRIMARY KEY (id)\n) DEFAULT CHARACTER SET utf8mb4",
}

# Names that C does not have, a list called as a macro, two tables that become one name.
AWKWARD = ('CREATE TABLE {q}text{q} ({q}int{q} INTEGER NOT NULL, {q}a b{q} VARCHAR(10) DEFAULT \'it\'\'s\', {q}a-b{q} INTEGER, '
           'PRIMARY KEY ({q}int{q}), CONSTRAINT uq_text_both UNIQUE ({q}a b{q}, {q}a-b{q}))',
           'CREATE TABLE {q}texts{q} ({q}9{q} INTEGER NOT NULL, PRIMARY KEY ({q}9{q}), '
           'CONSTRAINT fk_texts_text FOREIGN KEY ({q}9{q}) REFERENCES {q}text{q} ({q}int{q}) ON DELETE CASCADE)')


def compile_models(text, folder):
    models = re.findall(r"CALX_MODEL_DECLARE\((\w+),", text)
    source, program = folder / "again.c", folder / "again"
    source.write_text(text + MAIN % "".join("    calx_app_model(app, &%s_model);\n" % model for model in models))
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"] + os.environ.get("CALX_FLAGS", "").split()
    subprocess.run([os.environ["CALX_CC"], *flags, "-I", BUILD + "/include", source, "-o", program, "-L", BUILD, "-lcalx-server",
                    "-lcalx", "-Wl,-rpath," + BUILD], check=True, timeout=60)
    return program


def schema_of(shown):
    """What is compared: not the names, which the rule for names gives anew, nor that an integer key is counted now."""
    shown = re.sub(r"^(  (?:PRIMARY KEY|UNIQUE INDEX|UNIQUE|INDEX|FOREIGN KEY)) [^(]*\(", r"\1 (", shown, flags=re.MULTILINE)
    return shown.replace(" generated", "")


@pytest.fixture(params=("sqlite", "postgresql", "mysql"))
def original(request, sources, databases, shop):
    """The shop's tables, the tutorial's, and those with awkward names."""
    database = databases(request.param)
    shop("db", "create", uri=database.uri())
    quote = "`" if request.param == "mysql" else '"'
    database.execute(FLASK[request.param], *(statement.format(q=quote) for statement in AWKWARD))
    return database


def test_models_of_a_database_make_the_same_tables_again(shop, original, databases, tmp_path):
    text = shop("db", "inspect", "--model", uri=original.uri()).stdout
    assert "CALX_MODEL_DEFINE(Todo, \"todos\", TODO)\n" in text
    assert "COLUMN(Model, INTEGER_OR_NULL, order)" in text and "COLUMN(Model, BOOLEAN_OR_NULL, completed)" in text
    program = compile_models(text, tmp_path)
    copy = databases(original.form)
    subprocess.run([program, "db", "create", "--set", "SQLALCHEMY_DATABASE_URI=" + copy.uri()], check=True, timeout=60,
                   stdout=subprocess.DEVNULL)
    wanted, found = (shop("db", "inspect", uri=database.uri()).stdout for database in (original, copy))
    assert schema_of(found) == schema_of(wanted)


def test_inspect_shows_what_there_is(shop, sources):
    shown = shop("db", "inspect", uri=sources["sqlite"].uri()).stdout
    assert ("order_lines\n"
            "  order_id  BIGINT NOT NULL\n"
            "  line      INTEGER NOT NULL\n"
            "  price     TEXT NOT NULL\n"
            "  quantity  INTEGER NOT NULL\n"
            "  PRIMARY KEY (order_id, line)\n"
            "  FOREIGN KEY fk_order_lines_order_id_orders (order_id) REFERENCES orders (id)\n"
            "  CHECK ck_order_lines_quantity (quantity > 0)\n"
            "  INDEX ix_order_lines_price_quantity (price, quantity)\n") in shown


def test_inspect_says_that_the_database_is_away(shop, sources):
    away = sources["postgresql"].uri().replace(str(sources["postgresql"].port), "1")
    done = shop("db", "inspect", uri=away, status=1)
    assert "cannot reach the database" in done.stderr and ":***@" in done.stderr and done.stdout == ""
