/*
 * relationship.h: how objects of models refer to each other: the third list of a model.
 *
 *     #define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                        \
 *         RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer, CASCADE(ALL, DELETE_ORPHAN))
 *
 *     #define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                           \
 *         RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)                      \
 *         RELATIONSHIP(Model, MANY_TO_MANY, tags, Tag, OrderTag, order_id, tag_id)
 *
 *     CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
 *     CALX_MODEL_DEFINE(Order, "orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
 *
 *     MANY_TO_ONE, name, Target, column        the own column with the FOREIGN_KEY to the target
 *                                              (any of them, if that has several)
 *     ONE_TO_MANY, name, Target, other         the MANY_TO_ONE of the other side, by its name
 *     ONE_TO_ONE, name, Target, other          the same where that foreign key is unique
 *     MANY_TO_MANY, name, Target, Through, own, others
 *                                              the model between them, its columns that refer to
 *                                              this model and to the target; the other side names
 *                                              them the other way round
 *
 * An option stands behind: CASCADE(…) of SAVE (what is related to an object of the session becomes
 * part of it; so it is without the option), DELETE (it is deleted with this object), DELETE_ORPHAN
 * (and when it is taken away from it), ALL (SAVE and DELETE), NONE. A model may relate to itself.
 *
 * Nothing is loaded in secret: what was not loaded is loaded by name, or touching it makes the
 * session fail with CALX_ERROR_STATE, naming model and relationship.
 *
 *     Customer_list all = calx_all(calx_load(calx_query_of(session, Customer), Customer_.orders));
 *     Order_list orders = calx_related_list(all.items[0], orders);
 *     calx_relate(orders.items[0], customer, all.items[1]);
 */
#ifndef CALX_RELATIONSHIP_H
#define CALX_RELATIONSHIP_H

#include <calx/api.h>
#include <calx/model.h>

typedef struct calx_query calx_query;

typedef enum calx_relationship_kind {
    CALX_MANY_TO_ONE, /* this side has the foreign key */
    CALX_ONE_TO_MANY, /* the other side has it */
    CALX_ONE_TO_ONE,  /* the other side has it, and at most one object there */
    CALX_MANY_TO_MANY,
} calx_relationship_kind;

enum {
    CALX_CASCADE_NONE = 1,
    CALX_CASCADE_SAVE = 2,
    CALX_CASCADE_DELETE = 4,
    CALX_CASCADE_DELETE_ORPHAN = 8,
    CALX_CASCADE_ALL = CALX_CASCADE_SAVE | CALX_CASCADE_DELETE,
};

#define CALX_RELATIONSHIPS_MAX 32 /* of a model */
#define CALX_LOAD_DEPTH_MAX 6     /* relationships on a path */
#define CALX_LOAD_BATCH_MAX 256   /* keys in one statement; more are asked for in several */

/* Read-only. The first and last of these are enough to walk along it: a query joins by the keys. */
struct calx_relationship {
    const char *name; /* its name in the list */
    calx_relationship_kind kind;
    unsigned cascade;          /* bits; 0: SAVE */
    const calx_model *model;   /* whose it is */
    const calx_model *target;  /* what it leads to */
    const calx_model *through; /* MANY_TO_MANY, else NULL */
    size_t column; /* index: MANY_TO_ONE in the model, MANY_TO_MANY in through, to this side */
    size_t target_column; /* MANY_TO_MANY: in through, to the target */
    size_t other;         /* ONE_TO_MANY, ONE_TO_ONE: index of the target's relationship */
    struct calx__relationship_info *info; /* what calx_model_check found out */
};

/* ---- Of checked models ---- */

/*
 * The foreign key that carries it: MANY_TO_ONE, of the model itself; ONE_TO_MANY and ONE_TO_ONE, of
 * the target, to the model; MANY_TO_MANY, of the model between them, to the model. The columns it
 * refers to are those of a primary key.
 */
CALX_API const calx_foreign_key *
calx_relationship_foreign_key(const calx_relationship *relationship);

/* MANY_TO_MANY: the key of the model between them to the target; else NULL. */
CALX_API const calx_foreign_key *
calx_relationship_target_key(const calx_relationship *relationship);

/* The same seen from the target; NULL if the target does not name it. */
CALX_API const calx_relationship *calx_relationship_other(const calx_relationship *relationship);

/* ONE_TO_MANY, MANY_TO_MANY: does it lead to a list? */
static inline bool calx_relationship_is_list(const calx_relationship *relationship)
{
    return relationship->kind == CALX_ONE_TO_MANY || relationship->kind == CALX_MANY_TO_MANY;
}

/* ---- Objects. They are of one session, and its errors are where all of these report ---- */

/* The object it leads to (Customer *), NULL if there is none: calx_related(order, customer) */
#define calx_related(object, name)                                                                 \
    ((__typeof__((object)->name.leads_to_one[0]))calx__related((object),                           \
                                                               CALX__RELATIONSHIP(object, name)))

/* The objects it leads to, by value (Order_list {items, count}); the list that was given stays as
 * it is when the relationship changes. In the order of their keys, new ones behind. */
#define calx_related_list(object, name)                                                            \
    (*(__typeof__((object)->name.leads_to_many[0]))calx__related_list(                             \
        (object), CALX__RELATIONSHIP(object, name)))

/* True when calx_related or calx_related_list would not fail. */
#define calx_is_loaded(object, name)                                                               \
    calx__relationship_is_loaded((object), CALX__RELATIONSHIP(object, name))

/* Makes it lead to this object, or to none (NULL): calx_relate(order, customer, ann). The lists of
 * both customers follow, and the foreign key. */
#define calx_relate(object, name, target)                                                          \
    CALX__OBJECT_FOR((object)->name.leads_to_one[0], target, calx__relate)                         \
    ((object), CALX__RELATIONSHIP(object, name), (target))

/* Adds an object to the list, which need not be loaded; no effect if it is there already. */
#define calx_append(object, name, target)                                                          \
    CALX__OBJECT_FOR((object)->name.leads_to_many_of[0], target, calx__append)                     \
    ((object), CALX__RELATIONSHIP(object, name), (target))

/* Takes an object out of the list. CALX_ERROR_INVALID when it is not there. Its foreign key becomes
 * NULL, or with DELETE_ORPHAN it is deleted by the flush. */
#define calx_detach(object, name, target)                                                          \
    CALX__OBJECT_FOR((object)->name.leads_to_many_of[0], target, calx__detach)                     \
    ((object), CALX__RELATIONSHIP(object, name), (target))

/* ---- Loading, by paths of up to CALX_LOAD_DEPTH_MAX relationships ---- */

/*
 * What the query's objects are related to is loaded with them, all along the path, by a further
 * statement for every relationship (and CALX_LOAD_BATCH_MAX objects): calx_load(query,
 * Customer_.orders, Order_.lines). Several of them add up. Takes the query and returns it.
 */
#define calx_load(typed, ...) CALX__LOAD(CALX__UNIQUE, typed, false, __VA_ARGS__)

/*
 * The same in the query's own statement, by outer joins: one round trip, and rows that repeat what
 * they have in common. Best along relationships to one. Where a join cannot say it (a list under a
 * limit, DISTINCT, FOR UPDATE), it is loaded as by calx_load.
 */
#define calx_load_joined(typed, ...) CALX__LOAD(CALX__UNIQUE, typed, true, __VA_ARGS__)

/* The same for objects that are there: one, or a list of them (Customer_list). Returns 0 or the
 * session's error. What is loaded already and still holds is not loaded again; the objects
 * themselves are, after a commit. */
#define calx_load_for(object, ...) CALX__LOAD_FOR(*(object), ((void *[]){(object)}), 1, __VA_ARGS__)
#define calx_load_for_all(list, ...) CALX__LOAD_FOR_ALL(CALX__UNIQUE, list, __VA_ARGS__)

/* ---- What the macros expand to ---- */

struct calx__relationship_info {
    const calx_foreign_key *foreign_key;
    const calx_foreign_key *target_key;
    const calx_relationship *other;
};

CALX_API void *calx__related(const void *object, size_t relationship);
CALX_API void *calx__related_list(const void *object, size_t relationship);
CALX_API bool calx__relationship_is_loaded(const void *object, size_t relationship);
CALX_API void calx__relate(void *object, size_t relationship, void *target);
CALX_API void calx__append(void *object, size_t relationship, void *target);
CALX_API void calx__detach(void *object, size_t relationship, void *target);
CALX_API void calx__query_load(calx_query *query, bool joined, const calx_relationship *const *path,
                               size_t length);
CALX_API int calx__load_for(void *const *objects, size_t count,
                            const calx_relationship *const *path, size_t length);

/* The compiler prints this name: it is no function, so it cannot be called. */
extern const struct the_object_is_not_of_the_model_that_the_relationship_leads_to
    *const the_object_is_not_of_the_model_that_the_relationship_leads_to;

/* NULL is a void pointer. */
#define CALX__OBJECT_FOR(wanted, target, function)                                                 \
    _Generic((target), __typeof__(wanted)                                                          \
             : function, void *                                                                    \
             : function, default                                                                   \
             : the_object_is_not_of_the_model_that_the_relationship_leads_to)

/*
 * A relationship's member of the struct holds nothing: arrays of no elements, whose types say what
 * it leads to, and which one of the model's it is. What it leads to is kept by the session.
 */
#define CALX__RELATIONSHIP(object, name) (sizeof((object)->name.number[0]) - 1)

#define CALX__RELATIONSHIP_INDEX(Model, KIND, name, ...) Model##__relationship_##name,

#define CALX__RELATIONSHIP_MEMBER(Model, KIND, name, Target, ...)                                  \
    __extension__ struct {                                                                         \
        CALX__LEADS_##KIND(Target) char number[0][Model##__relationship_##name + 1];               \
    } name;
#define CALX__LEADS_TO_ONE(Target) struct Target *leads_to_one[0];
#define CALX__LEADS_TO_MANY(Target)                                                                \
    struct Target##_list *leads_to_many[0];                                                        \
    struct Target *leads_to_many_of[0];
#define CALX__LEADS_MANY_TO_ONE(Target) CALX__LEADS_TO_ONE(Target)
#define CALX__LEADS_ONE_TO_ONE(Target) CALX__LEADS_TO_ONE(Target)
#define CALX__LEADS_ONE_TO_MANY(Target) CALX__LEADS_TO_MANY(Target)
#define CALX__LEADS_MANY_TO_MANY(Target) CALX__LEADS_TO_MANY(Target)

/* The handle: Order_.customer. All but the first for the compiler only. */
#define CALX__RELATIONSHIP_HANDLE(Model, KIND, name, Target, ...)                                  \
    struct {                                                                                       \
        const calx_relationship *relationship;                                                     \
        Model##_condition *model;                                                                  \
        Model *object;                                                                             \
        struct Target##_condition *target;                                                         \
    } name;
#define CALX__RELATIONSHIP_HANDLE_DEFINE(Model, KIND, name, ...)                                   \
    .name = {.relationship = &Model##__relationships[Model##__relationship_##name]},

#define CALX__RELATIONSHIP_DEFINE(Model, KIND, relationship_name, Target, ...)                     \
    [Model##__relationship_##relationship_name] = {                                                \
        .name = #relationship_name,                                                                \
        .kind = CALX_##KIND,                                                                       \
        .model = &Model##_model,                                                                   \
        .target = &Target##_model,                                                                 \
        .info = &Model##__relationship_info[Model##__relationship_##relationship_name],            \
        CALX__DEFINE_##KIND(Model, Target, __VA_ARGS__, )},
#define CALX__DEFINE_MANY_TO_ONE(Model, Target, name, ...)                                         \
    .column = Model##__##name, CALX__RELATIONSHIP_OPTION(__VA_ARGS__, )
#define CALX__DEFINE_ONE_TO_MANY(Model, Target, name, ...)                                         \
    .other = Target##__relationship_##name, CALX__RELATIONSHIP_OPTION(__VA_ARGS__, )
#define CALX__DEFINE_ONE_TO_ONE(Model, Target, name, ...)                                          \
    CALX__DEFINE_ONE_TO_MANY(Model, Target, name, __VA_ARGS__)
#define CALX__DEFINE_MANY_TO_MANY(Model, Target, Through, own, others, ...)                        \
    .through = &Through##_model, .column = Through##__##own, .target_column = Through##__##others, \
    CALX__RELATIONSHIP_OPTION(__VA_ARGS__, )
#define CALX__RELATIONSHIP_OPTION(option, ...) CALX__RELATIONSHIP_OPTION_##option
#define CALX__RELATIONSHIP_OPTION_
#define CALX__RELATIONSHIP_OPTION_CASCADE(...)                                                     \
    .cascade = CALX__EACH(CALX__CASCADE, , __VA_ARGS__) 0,
#define CALX__CASCADE(nothing, name) CALX_CASCADE_##name |

/* A path: every relationship begins at the model that the one before it leads to. */
#define CALX__PATH(...) CALX__PATH_COUNT(__VA_ARGS__, 6, 5, 4, 3, 2, 1, )(__VA_ARGS__)
#define CALX__PATH_COUNT(a, b, c, d, e, f, count, ...) CALX__PATH_##count
#define CALX__PATH_1(a) (a).relationship
#define CALX__PATH_2(a, b) CALX__STEP(a, b), CALX__PATH_1(b)
#define CALX__PATH_3(a, b, ...) CALX__STEP(a, b), CALX__PATH_2(b, __VA_ARGS__)
#define CALX__PATH_4(a, b, ...) CALX__STEP(a, b), CALX__PATH_3(b, __VA_ARGS__)
#define CALX__PATH_5(a, b, ...) CALX__STEP(a, b), CALX__PATH_4(b, __VA_ARGS__)
#define CALX__PATH_6(a, b, ...) CALX__STEP(a, b), CALX__PATH_5(b, __VA_ARGS__)
#define CALX__STEP(a, b) ((void)sizeof(1 ? *(a).target : *(b).model), (a).relationship)
#define CALX__PATH_HEAD(a, ...) (a)
#define CALX__PATH_ARRAY(...) ((const calx_relationship *[]){CALX__PATH(__VA_ARGS__)})
#define CALX__PATH_LENGTH(...) (sizeof CALX__PATH_ARRAY(__VA_ARGS__) / sizeof(calx_relationship *))

#define CALX__LOAD(name, typed, joined, ...)                                                       \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (void)sizeof(1 ? *CALX__PATH_HEAD(__VA_ARGS__, ).model : *name->condition);                \
        calx__query_load(name->query, joined, CALX__PATH_ARRAY(__VA_ARGS__),                       \
                         CALX__PATH_LENGTH(__VA_ARGS__));                                          \
        name;                                                                                      \
    })
#define CALX__LOAD_FOR(example, objects, count, ...)                                               \
    ((void)sizeof(1 ? *CALX__PATH_HEAD(__VA_ARGS__, ).object : (example)),                         \
     calx__load_for((objects), (count), CALX__PATH_ARRAY(__VA_ARGS__),                             \
                    CALX__PATH_LENGTH(__VA_ARGS__)))
#define CALX__LOAD_FOR_ALL(name, list, ...)                                                        \
    __extension__({                                                                                \
        __auto_type name = (list);                                                                 \
        CALX__LOAD_FOR(*name.items[0], (void *const *)name.items, name.count, __VA_ARGS__);        \
    })

#endif
