/** A page that calls the echo by gRPC-Web, from its own origin and with nothing fetched from elsewhere; /echo.proto has the service. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { pathOf, type Sample } from "../sample";
import { ECHO_PROTO } from "./echo-proto";
import { PAGE_SCRIPT } from "./page-script";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.4rem; }
form { display: flex; gap: .5rem; flex-wrap: wrap; }
input, button { font: inherit; padding: .3rem .6rem; }
input { flex: 1 1 12rem; }
pre { background: #f4f4f2; padding: 1rem; min-height: 8rem; overflow: auto; white-space: pre-wrap; }
`;

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gRPC-Web echo</title>
<style>${STYLE}</style>
</head>
<body>
<h1>gRPC-Web through the gateway</h1>
<p>This page calls <code>echo.v1.Echo</code> on its own origin. The gateway makes gRPC of it on a port that speaks gRPC-Web;
<a href="/echo.proto">the service</a> is for clients of other kinds.</p>
<form id="form">
<input id="text" value="hello" aria-label="Text">
<button id="say" type="submit">Say</button>
<button id="repeat" type="button">Repeat, as a stream</button>
<button id="fail" type="button">Fail with UNAVAILABLE</button>
</form>
<pre id="out" aria-live="polite"></pre>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;

const POLICY = `default-src 'none'; script-src ${hash(PAGE_SCRIPT)}; style-src ${hash(STYLE)}; connect-src 'self'; base-uri 'none'; form-action 'none'`;

export const grpcPage: Sample = {
    summary: "HTTP: a page that calls the gRPC echo by gRPC-Web; /echo.proto has its service",
    paths: ["/", "/echo.proto"],
    create() {
        return createServer((request, response) => {
            const path = pathOf(request.url);
            if (path === "/")
                response
                    .writeHead(200, {
                        "content-type": "text/html; charset=utf-8",
                        "content-security-policy": POLICY,
                        "cache-control": "no-store",
                    })
                    .end(PAGE);
            else if (path === "/echo.proto") response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(ECHO_PROTO);
            else response.writeHead(404, { "content-type": "text/plain" }).end(`no ${path} here: this is the page at /\n`);
        });
    },
};
