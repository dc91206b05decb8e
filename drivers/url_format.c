/* url_format.c: writes a URL so that it parses to the same thing again, except for its secrets. */
#include <calx/url.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "***"
#define PORT_TEXT_MAX 16

/* A query key whose name holds one of these carries a secret: libpq's password, passfile and
 * sslpassword, MariaDB's passwd, tls_passphrase and the like, and what a third driver may add. */
static const char *const secret_marks[] = {"pass", "pwd", "secret", "token", "credential"};

bool calx_url_parameter_is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof(secret_marks) / sizeof(secret_marks[0]); i++)
        if (strcasestr(name, secret_marks[i]))
            return true;
    return false;
}

static char *write_raw(char *out, const char *text)
{
    return stpcpy(out, text);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.-~", c));
}

/* Escapes what is neither unreserved nor one of the safe characters. */
static char *write_escaped(char *out, const char *text, const char *safe)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (is_unreserved(*text) || strchr(safe, *text)) {
            *out++ = *text;
        } else {
            *out++ = '%';
            *out++ = hex[byte >> 4];
            *out++ = hex[byte & 15];
        }
    }
    return out;
}

/* As in a form: a blank is a +. */
static char *write_form(char *out, const char *text)
{
    char *end = write_escaped(out, text, " ");
    for (; out < end; out++)
        if (*out == ' ')
            *out = '+';
    return end;
}

static char *write_authority(char *out, const calx_url *url)
{
    if (url->username) {
        out = write_escaped(out, url->username, " +");
        if (url->password)
            out = write_raw(out, ":" SECRET);
        *out++ = '@';
    }
    if (url->host) {
        bool brackets = strchr(url->host, ':') || url->host[0] == '[';
        out = write_raw(out, brackets ? "[" : "");
        out = write_raw(out, url->host);
        out = write_raw(out, brackets ? "]" : "");
    }
    if (url->port != CALX_URL_NO_PORT)
        out += snprintf(out, PORT_TEXT_MAX, ":%d", url->port);
    return out;
}

static char *write_query(char *out, const calx_url *url)
{
    for (size_t i = 0; i < url->parameter_count; i++) {
        const calx_url_parameter *parameter = &url->parameters[i];
        *out++ = i == 0 ? '?' : '&';
        out = write_form(out, parameter->name);
        *out++ = '=';
        out = calx_url_parameter_is_secret(parameter->name) ? write_raw(out, SECRET)
                                                            : write_form(out, parameter->value);
    }
    return out;
}

/* Every byte may become an escape of three; a secret is never longer than that and its marks. */
static size_t room_for(const char *text)
{
    return text ? 3 * strlen(text) + sizeof(SECRET) + 4 : 0;
}

static size_t formatted_size_max(const calx_url *url)
{
    size_t size = sizeof("://") + PORT_TEXT_MAX + room_for(url->drivername) +
                  room_for(url->username) + room_for(url->password) + room_for(url->host) +
                  room_for(url->database);
    for (size_t i = 0; i < url->parameter_count; i++)
        size += room_for(url->parameters[i].name) + room_for(url->parameters[i].value);
    return size;
}

char *calx_url_format_masked(const calx_url *url)
{
    char *text = malloc(formatted_size_max(url));
    if (!text)
        return NULL;
    char *out = write_raw(text, url->drivername);
    out = write_raw(out, "://");
    out = write_authority(out, url);
    if (url->database) {
        *out++ = '/';
        out = write_escaped(out, url->database, " +/:");
    }
    out = write_query(out, url);
    *out = '\0';
    return text;
}
