/* calx.h: the whole of core. server.h is the other header that applications include. */
#ifndef CALX_CALX_H
#define CALX_CALX_H

#include <calx/array.h>
#include <calx/buffer.h>
#include <calx/change.h>
#include <calx/custom.h>
#include <calx/engine.h>
#include <calx/enumeration.h>
#include <calx/explain.h>
#include <calx/expression.h>
#include <calx/function.h>
#include <calx/hold.h>
#include <calx/json.h>
#include <calx/macro.h>
#include <calx/model.h>
#include <calx/model_macros.h>
#include <calx/operand.h>
#include <calx/page.h>
#include <calx/query.h>
#include <calx/raw.h>
#include <calx/reflection.h>
#include <calx/relationship.h>
#include <calx/retry.h>
#include <calx/schema.h>
#include <calx/select.h>
#include <calx/session.h>
#include <calx/stream.h>
#include <calx/transfer.h>
#include <calx/type.h>
#include <calx/type_macros.h>

#endif
