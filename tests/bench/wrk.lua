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
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('\n{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
        summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
