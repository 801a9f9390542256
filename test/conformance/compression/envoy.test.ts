/** Which bodies go out smaller, and what their heads say then, beside Envoy's compressor filters over the same backend. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http, { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { findEnvoy } from "../../../harness/envoy";
import { freePorts } from "../../../harness/ports";
import { compressionOf } from "../../../istio/semantics";
import { eventually } from "../../support/eventually";
import { skipFor } from "../../support/tools";
import { startProxy, type TestProxy } from "../../proxy/exchange/harness";
import { cluster, delta, endpoints, forwardTo, ORIGIN, route, virtualHost } from "../../proxy/snapshot/entries";

const BODY = "some text that says little, again and again\n".repeat(200);
const OPEN: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
const TYPES = ["text/html", "application/json"];

interface Asked {
    readonly accept?: string;
    readonly method?: string;
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly chunked?: true;
    /** Where we do otherwise, and why. */
    readonly ours?: Partial<Told>;
}

interface Told {
    readonly status: number;
    readonly coding: string | undefined;
    readonly vary: string | undefined;
    readonly etag: string | undefined;
    readonly length: string | undefined;
    readonly body: string;
}

const html = { "content-type": "text/html; charset=utf-8" };

/** Filters of Envoy's: the last of the list is asked first, and has the say where a client likes several as well. */
const CASES: Readonly<Record<string, Asked>> = {
    "a client that takes gzip": { accept: "gzip" },
    brotli: { accept: "br" },
    zstd: { accept: "zstd" },
    "a client that says nothing": {},
    "a client that takes nothing": { accept: "identity" },
    "a client that takes another": { accept: "deflate" },
    "weights that decide": { accept: "gzip;q=0.1, br;q=0.9, zstd;q=0.5" },
    "a weight of nothing": { accept: "gzip;q=0, br;q=0, zstd;q=0" },
    "the body as it is rather": { accept: "identity;q=1, gzip;q=0.5" },
    "a body without a length": { accept: "gzip", chunked: true },
    "a short body": { accept: "gzip", body: "short" },
    "another type": { accept: "gzip", headers: { "content-type": "image/png" } },
    // Nobody has said that it is text; Envoy takes it for one.
    "no type": { accept: "gzip", headers: {}, ours: { coding: undefined, vary: undefined, length: String(BODY.length) } },
    JSON: { accept: "gzip", headers: { "content-type": "application/json" } },
    "what is compressed": { accept: "gzip", headers: { ...html, "content-encoding": "x-own" } },
    "no-transform": { accept: "gzip", headers: { ...html, "cache-control": "max-age=1, no-transform" } },
    // RFC 9110 §8.8.1; Envoy takes a strong one away.
    "a strong tag": { accept: "gzip", headers: { ...html, etag: '"a"' }, ours: { etag: 'W/"a"' } },
    "a weak tag": { accept: "gzip", headers: { ...html, etag: 'W/"a"' } },
    "a tag of what stays": { headers: { ...html, etag: '"a"' } },
    "a vary that is there": { accept: "gzip", headers: { ...html, vary: "Origin" } },
    // RFC 9110 §14.4: the range is of the bytes as they are; what Envoy makes of them can be put together with no other part.
    "a part": {
        accept: "gzip",
        status: 206,
        headers: { ...html, "content-range": `bytes 0-${BODY.length - 1}/90000` },
        ours: { coding: undefined, vary: undefined, length: String(BODY.length) },
    },
    "an error at length": { accept: "gzip", status: 500 },
    // RFC 9110 §9.3.2: the fields that GET would get; Envoy tells the length of what it would not send.
    HEAD: { accept: "gzip", method: "HEAD", ours: { coding: "gzip", length: undefined } },
    "no content": { accept: "gzip", status: 204, ours: { vary: undefined } },
};

const WHAT = "the comparison of compression with Envoy's";

describe("compression beside Envoy's", () => {
    let envoy: ChildProcess | undefined;
    let folder = "";
    let theirs = 0;
    let proxy: TestProxy;
    let asked: Asked = {};
    const backend = createServer((_request, response) => {
        const { status = 200, headers = html, body = BODY, chunked } = asked;
        const isEmpty = status === 204;
        response.writeHead(status, { ...headers, ...(chunked || isEmpty ? {} : { "content-length": Buffer.byteLength(body) }) });
        response.end(isEmpty ? undefined : body);
    });

    before(async function () {
        this.timeout(60_000);
        const binary = findEnvoy();
        if (binary === undefined) return skipFor(this, WHAT, "envoy");
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const { port } = backend.address() as AddressInfo;
        const [own = 0] = await freePorts(1);
        theirs = own;
        folder = mkdtempSync(path.join(tmpdir(), "gatehouse-envoy-"));
        const file = path.join(folder, "envoy.json");
        writeFileSync(file, JSON.stringify(envoyConfig(own, port)));
        envoy = spawn(binary, ["-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "error"], { stdio: "ignore" });
        await eventually(async () => {
            const socket = net.connect(theirs, "127.0.0.1");
            try {
                await once(socket, "connect");
            } finally {
                socket.destroy();
            }
        });
        const read = compressionOf({ algorithms: ["gzip", "br", "zstd"], contentTypes: TYPES, minLength: 1024 });
        if ("fault" in read) throw new Error(read.fault);
        proxy = await startProxy(
            delta(1, {
                clusters: [cluster("c")],
                endpoints: [endpoints("c", port)],
                virtualHosts: [virtualHost("*", [route(forwardTo("c"))], { edge: ["k"] })],
                edges: [{ key: "k", compression: { value: read.value, origin: ORIGIN }, origin: ORIGIN }],
            }),
        );
    });
    after(async () => {
        envoy?.kill("SIGKILL");
        if (folder !== "") rmSync(folder, { recursive: true, force: true });
        await (proxy as TestProxy | undefined)?.close();
        backend.close();
        backend.closeAllConnections();
    });

    async function told(port: number): Promise<Told> {
        const { accept, method = "GET" } = asked;
        const headers = { host: "web.test", ...(accept === undefined ? {} : { "accept-encoding": accept }) };
        const request = http.request({ port, host: "127.0.0.1", path: "/", method, headers, agent: false });
        request.end();
        const [response] = (await once(request, "response")) as [IncomingMessage];
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const { "content-encoding": coding, vary, etag, "content-length": length }: IncomingHttpHeaders = response.headers;
        const bytes = Buffer.concat(chunks);
        const open = bytes.length === 0 ? undefined : OPEN[coding ?? ""];
        const body = (open?.(bytes) ?? bytes).toString();
        return { status: response.statusCode ?? 0, coding, vary: vary?.toLowerCase(), etag, length, body };
    }

    for (const [title, one] of Object.entries(CASES))
        it(`is the same of ${title}`, async () => {
            asked = one;
            const wanted = await told(theirs);
            assert.deepEqual(await told(proxy.port), { ...wanted, ...one.ours });
        });
});

function envoyConfig(port: number, backend: number): object {
    const at = (number: number): object => ({ socket_address: { address: "127.0.0.1", port_value: number } });
    const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
    const compressor = (name: string, library: string): object => ({
        name: `envoy.filters.http.compressor.${name}`,
        typed_config: {
            "@type": type("filters.http.compressor.v3.Compressor"),
            response_direction_config: { common_config: { min_content_length: 1024, content_type: TYPES } },
            compressor_library: { name, typed_config: { "@type": type(`compression.${library}`) } },
        },
    });
    const filters = [
        compressor("gzip", "gzip.compressor.v3.Gzip"),
        compressor("brotli", "brotli.compressor.v3.Brotli"),
        compressor("zstd", "zstd.compressor.v3.Zstd"),
        { name: "envoy.filters.http.router", typed_config: { "@type": type("filters.http.router.v3.Router") } },
    ];
    const routes = [{ match: { prefix: "/" }, route: { cluster: "backend" } }];
    const manager = {
        "@type": type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
        stat_prefix: "http",
        route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
        http_filters: filters,
    };
    const endpoint = { lb_endpoints: [{ endpoint: { address: at(backend) } }] };
    return {
        static_resources: {
            listeners: [{ address: at(port), filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }] }],
            clusters: [{ name: "backend", type: "STATIC", load_assignment: { cluster_name: "backend", endpoints: [endpoint] } }],
        },
    };
}
