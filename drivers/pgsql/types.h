/* types.h: the types of PostgreSQL that the driver knows. Private to drivers/pgsql. */
#ifndef CALX_PGSQL_TYPES_H
#define CALX_PGSQL_TYPES_H

/* Types by their fixed numbers (pg_type.dat). X(NAME, oid) */
#define CALX__PGSQL_TYPES(X)                                                                       \
    X(BOOL, 16)                                                                                    \
    X(BYTEA, 17)                                                                                   \
    X(NAME, 19)                                                                                    \
    X(INT8, 20)                                                                                    \
    X(INT2, 21)                                                                                    \
    X(INT4, 23)                                                                                    \
    X(TEXT, 25)                                                                                    \
    X(OID, 26)                                                                                     \
    X(JSON, 114)                                                                                   \
    X(FLOAT4, 700)                                                                                 \
    X(FLOAT8, 701)                                                                                 \
    X(UNKNOWN, 705)                                                                                \
    X(BPCHAR, 1042)                                                                                \
    X(VARCHAR, 1043)                                                                               \
    X(DATE, 1082)                                                                                  \
    X(TIME, 1083)                                                                                  \
    X(TIMESTAMP, 1114)                                                                             \
    X(TIMESTAMPTZ, 1184)                                                                           \
    X(INTERVAL, 1186)                                                                              \
    X(NUMERIC, 1700)                                                                               \
    X(UUID, 2950)                                                                                  \
    X(BOOL_ARRAY, 1000)                                                                            \
    X(NAME_ARRAY, 1003)                                                                            \
    X(INT2_ARRAY, 1005)                                                                            \
    X(INT4_ARRAY, 1007)                                                                            \
    X(TEXT_ARRAY, 1009)                                                                            \
    X(BPCHAR_ARRAY, 1014)                                                                          \
    X(VARCHAR_ARRAY, 1015)                                                                         \
    X(INT8_ARRAY, 1016)                                                                            \
    X(FLOAT4_ARRAY, 1021)                                                                          \
    X(FLOAT8_ARRAY, 1022)                                                                          \
    X(TIMESTAMP_ARRAY, 1115)                                                                       \
    X(DATE_ARRAY, 1182)                                                                            \
    X(TIME_ARRAY, 1183)                                                                            \
    X(TIMESTAMPTZ_ARRAY, 1185)                                                                     \
    X(NUMERIC_ARRAY, 1231)                                                                         \
    X(UUID_ARRAY, 2951)                                                                            \
    X(JSONB, 3802)

enum {
#define CALX__PGSQL_TYPE(name, oid) CALX__PGSQL_##name = (oid),
    CALX__PGSQL_TYPES(CALX__PGSQL_TYPE)
#undef CALX__PGSQL_TYPE
};

#endif
