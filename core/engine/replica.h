/* replica.h: the replica of an engine, which calx_engine_set_replica makes. Private to this folder.
 */
#ifndef CALX_CORE_ENGINE_REPLICA_H
#define CALX_CORE_ENGINE_REPLICA_H

typedef struct calx__replica calx__replica;

/* Accepts NULL. */
void calx__replica_destroy(calx__replica *replica);

#endif
