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
 */
#ifndef CALX_RELATIONSHIP_H
#define CALX_RELATIONSHIP_H

#include <calx/api.h>
#include <calx/model.h>

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

/* ---- What the macros expand to ---- */

struct calx__relationship_info {
    const calx_foreign_key *foreign_key;
    const calx_foreign_key *target_key;
    const calx_relationship *other;
};

/*
 * A relationship's member of the struct holds nothing: arrays of no elements, whose types say what
 * it leads to, and which one of the model's it is. What it leads to is kept by the session.
 */
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

#endif
