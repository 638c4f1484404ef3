-- Sends the requests of a file, a line each (method, path, body, with tabs between), in turn, from a place of its own on.
-- wrk ... -s wrk.lua URL -- FILE TOKEN START

local requests, at = {}, 0

function init(arguments)
   local headers = {
      ["Authorization"] = "Bearer " .. arguments[2],
      ["Content-Type"] = "application/json",
      ["X-Forwarded-For"] = "192.0.2.1",
      ["X-Forwarded-Proto"] = "https",
   }
   for line in io.lines(arguments[1]) do
      local method, path, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
      if body == "" then body = nil end
      requests[#requests + 1] = wrk.format(method, path, headers, body)
   end
   at = tonumber(arguments[3]) % #requests
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency)
   local failed = summary.errors
   io.write(string.format(
      'JSON {"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50": %.3f, "p99": %.3f}\n',
      summary.requests, summary.duration / 1e6, failed.status,
      failed.connect + failed.read + failed.write + failed.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
