/* catalog_postgresql.c: PostgreSQL's catalogue, of the current schema (versions 12 and later). */
#include "core/dialect/catalog.h"

#include <stddef.h>

#define OWN_TABLES                                                                                 \
    "t.relkind IN ('r', 'p') AND NOT t.relispartition"                                             \
    " AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"

#define SEQUENCE                                                                                   \
    "pg_get_serial_sequence(quote_ident(current_schema()) || '.' || quote_ident(t.relname),"       \
    " a.attname)"

#define ACTION(column)                                                                             \
    "CASE " column                                                                                 \
    " WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'"                                            \
    " WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END"

const calx__catalog calx__catalog_postgresql = {
    .tables = "SELECT t.relname::text FROM pg_class AS t WHERE " OWN_TABLES " ORDER BY t.relname",
    .columns =
        "SELECT t.relname::text, a.attname::text,"
        " CASE WHEN y.typtype = 'e' THEN (SELECT 'enum(' || string_agg(quote_literal(l.enumlabel),"
        " ',' ORDER BY l.enumsortorder) || ')' FROM pg_enum AS l WHERE l.enumtypid = y.oid)"
        " ELSE format_type(a.atttypid, a.atttypmod) END,"
        " CASE WHEN a.attnotnull THEN 0 ELSE 1 END,"
        " CASE WHEN a.attgenerated = '' AND " SEQUENCE " IS NULL"
        " THEN pg_get_expr(d.adbin, d.adrelid, true) END,"
        " CASE WHEN " SEQUENCE " IS NULL THEN 0 ELSE 1 END,"
        " CASE WHEN a.attgenerated = '' THEN 0 ELSE 1 END,"
        " CASE WHEN y.typtype = 'e' THEN y.typname::text END"
        " FROM pg_class AS t JOIN pg_attribute AS a ON a.attrelid = t.oid"
        " JOIN pg_type AS y ON y.oid = a.atttypid"
        " LEFT JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum"
        " WHERE " OWN_TABLES " AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY t.relname, a.attnum",
    .keys = "SELECT t.relname::text, c.conname::text, CASE c.contype WHEN 'u' THEN 1 ELSE 0 END,"
            " a.attname::text FROM pg_class AS t JOIN pg_constraint AS c ON c.conrelid = t.oid"
            " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)"
            " JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number"
            " WHERE " OWN_TABLES " AND c.contype IN ('p', 'u')"
            " ORDER BY t.relname, 3, c.conname, k.place",
    .foreign_keys =
        "SELECT t.relname::text, c.conname::text, a.attname::text, r.relname::text,"
        " b.attname::text, " ACTION("c.confdeltype") ", " ACTION("c.confupdtype")
        " FROM pg_class AS t JOIN pg_constraint AS c ON c.conrelid = t.oid"
        " JOIN pg_class AS r ON r.oid = c.confrelid"
        " CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY"
        " AS k (number, referred, place)"
        " JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number"
        " JOIN pg_attribute AS b ON b.attrelid = r.oid AND b.attnum = k.referred"
        " WHERE " OWN_TABLES " AND c.contype = 'f' AND c.conparentid = 0"
        " ORDER BY t.relname, c.conname, k.place",
    .checks = "SELECT t.relname::text, c.conname::text, pg_get_expr(c.conbin, c.conrelid, true)"
              " FROM pg_class AS t JOIN pg_constraint AS c ON c.conrelid = t.oid"
              " WHERE " OWN_TABLES " AND c.contype = 'c' ORDER BY t.relname, c.conname",
    .indexes =
        "SELECT t.relname::text, i.relname::text, CASE WHEN x.indisunique THEN 1 ELSE 0 END,"
        " a.attname::text,"
        " CASE WHEN k.number = 0 THEN pg_get_indexdef(x.indexrelid, k.place::int, true) END,"
        " pg_get_expr(x.indpred, x.indrelid, true)"
        " FROM pg_class AS t JOIN pg_index AS x ON x.indrelid = t.oid"
        " JOIN pg_class AS i ON i.oid = x.indexrelid"
        " CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (number, place)"
        " LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number"
        " AND k.number <> 0"
        " WHERE " OWN_TABLES " AND k.place <= x.indnkeyatts AND NOT EXISTS (SELECT 1"
        " FROM pg_constraint AS c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))"
        " ORDER BY t.relname, i.relname, k.place",
    .types =
        (const calx__type_word[]){
            {NULL, NULL},
        },
};
