-- wrk.lua: what wrk sends, and its result in one line of JSON. Arguments after the URL: the method and, for POST, the body.

function init(arguments)
    wrk.method = arguments[1]
    wrk.body = arguments[2]
    if wrk.body then
        wrk.headers["Content-Type"] = "application/json"
    end
end

function done(summary, latency)
    local errors = summary.errors
    local socket = errors.connect + errors.read + errors.write
    io.write(string.format('\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, ',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
    io.write(string.format('"status": %d, "socket": %d, "timeout": %d}\n', errors.status, socket, errors.timeout))
end
