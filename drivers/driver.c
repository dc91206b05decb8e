/* driver.c: what drivers have in common. */
#include <calx/driver.h>

#include <assert.h>
#include <string.h>

static bool may_repeat(const char *name)
{
    return strcmp(name, "host") == 0 || strcmp(name, "port") == 0;
}

static int refuse(const calx_opener *opener, const char *name, const char *reason, calx_error *err)
{
    if (reason)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"%.64s\": %s", name, reason);
    return calx_error_set(err, CALX_ERROR_URL, "query key \"%.64s\": unknown to %s+%s", name,
                          opener->dialect, opener->name);
}

int calx_opener_check_parameters(const calx_opener *opener, const calx_url *url, calx_error *err)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const calx_url_parameter *parameter = &url->parameters[i];
        const char *reason = NULL;
        if (!opener->parameter_known(opener, parameter->name, parameter->value, &reason))
            return refuse(opener, parameter->name, reason, err);
        if (!may_repeat(parameter->name) && calx_url_parameter_get(url, parameter->name, 1))
            return calx_error_set(err, CALX_ERROR_URL, "query key \"%.64s\": given more than once",
                                  parameter->name);
    }
    return 0;
}

void calx_unit_complete_binds(const calx_unit *unit, const calx_unit_statement *statement,
                              calx_value *binds)
{
    size_t count = statement->sql->bind_count * calx_unit_record_count(statement);
    if (count > 0)
        memcpy(binds, statement->binds, count * sizeof *binds);
    for (size_t i = 0; i < statement->reference_count; i++) {
        const calx_unit_reference *reference = &statement->references[i];
        const calx_unit_statement *source = &unit->statements[reference->statement];
        assert(reference->bind < count);
        assert(source < statement && source->generates_key);
        assert(reference->record < calx_unit_record_count(source));
        binds[reference->bind] =
            calx_value_integer(calx_unit_generated_key(source, reference->record));
    }
}
