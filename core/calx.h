/* calx.h: the whole of core. server.h is the other header that applications include. */
#ifndef CALX_CALX_H
#define CALX_CALX_H

#include <calx/change.h>
#include <calx/custom.h>
#include <calx/engine.h>
#include <calx/function.h>
#include <calx/json.h>
#include <calx/model.h>
#include <calx/query.h>
#include <calx/raw.h>
#include <calx/relationship.h>
#include <calx/schema.h>
#include <calx/select.h>
#include <calx/session.h>

#endif
