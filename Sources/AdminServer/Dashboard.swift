internal import HTTPServer

/// The dashboard: one page and one script without data of their own. The script asks `/health`, `/ready` and `/metrics`.
enum Dashboard {
    static let page = HTTPServerResponse(
        status: 200,
        headers: [
            ("Content-Type", "text/html; charset=utf-8"),
            // Nothing from elsewhere, and no inline scripts: a value that looks like markup stays text.
            (
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'"
            ),
            ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
        ],
        body: Array(html.utf8)
    )

    static let script = HTTPServerResponse(
        status: 200,
        headers: [
            ("Content-Type", "text/javascript; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ],
        body: Array(javascript.utf8)
    )

    private static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>batchrelay</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
        th { font-weight: normal; opacity: .75; width: 22rem; } td { font-variant-numeric: tabular-nums; }
        input { font: inherit; padding: .2rem .4rem; } button { font: inherit; padding: .2rem .8rem; }
        #state { font-weight: bold; }
        </style>
        </head>
        <body>
        <h1>batchrelay <span id="state" role="status">…</span></h1>
        <form id="access" hidden>
        <label>Admin token <input id="token" type="password" autocomplete="off"></label> <button>Show</button>
        </form>
        <h2>State</h2>
        <table><tbody id="health"></tbody></table>
        <p><button id="release" type="button">Release</button> <span id="result" role="status"></span></p>
        <h2>Metrics</h2>
        <p><label>Filter <input id="filter" type="search"></label></p>
        <table><tbody id="metrics"></tbody></table>
        <script src="/dashboard.js"></script>
        </body>
        </html>

        """

    private static let javascript = """
        "use strict";
        const at = (id) => document.getElementById(id);
        let token = sessionStorage.getItem("token") || "";
        const ask = (path, method = "GET") =>
          fetch(path, { method, cache: "no-store", headers: token ? { Authorization: "Bearer " + token } : {} });

        function flatten(value, name, rows) {
          if (value !== null && typeof value === "object") {
            for (const key of Object.keys(value)) flatten(value[key], name ? name + "." + key : key, rows);
          } else rows.push([name, String(value)]);
          return rows;
        }

        function fill(body, rows) {
          body.replaceChildren(...rows.map(([name, value]) => {
            const row = document.createElement("tr");
            const head = document.createElement("th");
            const cell = document.createElement("td");
            head.textContent = name;
            cell.textContent = value;
            row.append(head, cell);
            return row;
          }));
        }

        function samples(text) {
          const wanted = at("filter").value.toLowerCase();
          return text.split("\\n")
            .filter((line) => line && !line.startsWith("#") && line.toLowerCase().includes(wanted))
            .map((line) => {
              const end = line.lastIndexOf("}") + 1 || line.indexOf(" ");
              return [line.slice(0, end), line.slice(end).trim()];
            });
        }

        async function refresh() {
          try {
            const [ready, health, metrics] = await Promise.all([ask("/ready"), ask("/health"), ask("/metrics")]);
            at("state").textContent = ready.ok ? "ready" : "not ready";
            at("access").hidden = metrics.status !== 401;
            fill(at("health"), flatten(await health.json(), "", []));
            fill(at("metrics"), metrics.ok ? samples(await metrics.text()) : []);
          } catch {
            at("state").textContent = "does not answer";
          }
        }

        async function repeat() {
          await refresh();
          setTimeout(repeat, 2000);
        }

        at("access").addEventListener("submit", (event) => {
          event.preventDefault();
          token = at("token").value.trim();
          sessionStorage.setItem("token", token);
          refresh();
        });
        at("filter").addEventListener("input", refresh);
        at("release").addEventListener("click", async () => {
          if (!confirm("Let the held process go on?")) return;
          const answer = await ask("/release", "POST");
          at("result").textContent = answer.ok ? "released" : await answer.text();
          refresh();
        });
        repeat();

        """
}
