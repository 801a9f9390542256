/** Whose a connection and a request are, and what a path is, beside the real Envoy: its proxy_protocol filter, its trusted CIDRs, its slashes. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, it } from "mocha";
import { findEnvoy } from "../../../harness/envoy";
import { gatewayOptionsOf } from "../../../istio/semantics";
import { choosePath } from "../../../proxy/exchange/features/path";
import { clientBeyond } from "../../../proxy/exchange/features/edge-headers";
import { proxyHeader, type ConnectionEnds } from "../../../proxy/net/proxy-header";
import { readProxyHeader } from "../../../proxy/net/proxy-header-reader";
import { listenerRules } from "../../../proxy/snapshot";
import { eventually } from "../../support/eventually";
import { skipFor } from "../../support/tools";

const TYPES = "type.googleapis.com/envoy.extensions";
const TOLD = "client=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% peer=%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% path=%REQ(:PATH)%";

function listener(name: string, connection: object, filters: readonly object[] = []): object {
    const route = {
        match: { prefix: "/" },
        direct_response: { status: 200 },
        response_headers_to_add: [{ header: { key: "x-told", value: TOLD } }],
    };
    const manager = {
        "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
        stat_prefix: name,
        normalize_path: true,
        ...connection,
        route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] },
        http_filters: [{ name: "router", typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` } }],
    };
    return {
        name,
        address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
        listener_filters: filters,
        filter_chains: [{ filters: [{ name: "manager", typed_config: manager }] }],
    };
}

const TRUSTED = ["127.0.0.0/8", "192.0.2.0/24"];
const CIDRS = TRUSTED.map((block) => ({ address_prefix: block.split("/")[0], prefix_len: Number(block.split("/")[1]) }));
const CONFIG = {
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
    static_resources: {
        listeners: [
            listener("presented", { use_remote_address: true }, [
                { name: "pp", typed_config: { "@type": `${TYPES}.filters.listener.proxy_protocol.v3.ProxyProtocol` } },
            ]),
            listener("forwarded", {
                original_ip_detection_extensions: [
                    {
                        name: "xff",
                        typed_config: {
                            "@type": `${TYPES}.http.original_ip_detection.xff.v3.XffConfig`,
                            xff_trusted_cidrs: { cidrs: CIDRS },
                        },
                    },
                ],
            }),
            ...(["KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"] as const).map((action) =>
                listener(action, { merge_slashes: true, path_with_escaped_slashes_action: action }),
            ),
        ],
    },
};

const CLIENT: ConnectionEnds = { remoteAddress: "203.0.113.7", remotePort: 4711, localAddress: "198.51.100.1", localPort: 443 };
const SIX: ConnectionEnds = { ...CLIENT, remoteAddress: "2001:db8::7", localAddress: "2001:db8::1" };

describe("whose a connection and a request are, beside Envoy", function () {
    // Envoy keeps each connection that it ends for a second.
    this.timeout(180_000);
    let child: ChildProcess | undefined;
    let dir = "";
    const ports = new Map<string, number>();

    before(async function () {
        this.timeout(60_000);
        const envoy = findEnvoy() ?? skipFor(this, "clients beside Envoy", "envoy (on PATH or installed by npm run e2e:tools)");
        dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-clients-"));
        const [config, address] = [path.join(dir, "envoy.json"), path.join(dir, "address")];
        writeFileSync(config, JSON.stringify(CONFIG));
        child = spawn(envoy, ["-c", config, "--use-dynamic-base-id", "--concurrency", "1", "--admin-address-path", address, "-l", "off"]);
        await eventually(async () => {
            const listed = await fetch(`http://${readFileSync(address, "utf8")}/listeners?format=json`);
            const { listener_statuses: all = [] } = (await listed.json()) as {
                listener_statuses?: { name: string; local_address: { socket_address: { port_value: number } } }[];
            };
            for (const { name, local_address: at } of all) ports.set(name, at.socket_address.port_value);
            assert.equal(ports.size, CONFIG.static_resources.listeners.length);
        }, 30_000);
    });
    after(async () => {
        if (child === undefined) return;
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
        rmSync(dir, { recursive: true, force: true });
    });

    /** `closed`, or the status and what is told. */
    async function asked(name: string, before: Buffer | string, target = "/", headers: readonly string[] = []): Promise<string> {
        const socket = net.connect(ports.get(name)!, "127.0.0.1");
        let text = "";
        socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1"))).on("error", () => {});
        socket.write(before);
        socket.write([`GET ${target} HTTP/1.1`, "host: a.test", "connection: close", ...headers, "", ""].join("\r\n"));
        await new Promise((resolve) => socket.once("close", resolve));
        const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
        if (status === undefined) return "closed";
        return `${status} ${/^(?:x-told|location): (.*)\r$/m.exec(text)?.[1] ?? ""}`;
    }

    it("takes the same headers of the PROXY protocol for the same clients", async () => {
        const headers: (Buffer | string)[] = [
            ...(["V1", "V2"] as const).flatMap((version) => [CLIENT, SIX, undefined].map((ends) => proxyHeader(version, ends))),
            proxyHeader("V2", { ...CLIENT, tlvs: [{ type: 2, value: Buffer.from("a.test") }] }),
            "PROXY UNKNOWN 1 2 3\r\n",
            "",
            "PROXY TCP4 203.0.113.7  198.51.100.1 4711 443\r\n",
            "PROXY TCP4 203.0.113.7 198.51.100.1 4711\r\n",
            "PROXY TCP4 203.0.113.7 198.51.100.1 70000 443\r\n",
            "PROXY TCP4 2001:db8::7 2001:db8::1 4711 443\r\n",
            "PROXY TCP4 224.0.0.1 198.51.100.1 4711 443\r\n",
            "PROXY TCP4 0.0.0.0 198.51.100.1 4711 443\r\n",
        ];
        for (const header of headers) {
            const read = readProxyHeader(Buffer.concat([Buffer.from(header as string, "latin1"), Buffer.from("GET / HTTP/1.1\r\n")]));
            const client = read.kind === "header" ? (read.header.ends?.remoteAddress ?? "127.0.0.1") : undefined;
            const ours = client === undefined ? "closed" : `200 client=${client} peer=127.0.0.1 path=/`;
            assert.equal(await asked("presented", header), ours, header.toString());
        }
    });

    it("walks X-Forwarded-For to the same client", async () => {
        const { isTrusted } = listenerRules({ options: gatewayOptionsOf({ trustedProxies: TRUSTED }).options }).edge ?? {};
        const lists = [
            "9.9.9.9",
            "6.6.6.6, 9.9.9.9",
            "9.9.9.9, 192.0.2.4",
            "192.0.2.3,192.0.2.4",
            "nobody",
            "9.9.9.9, nobody, 192.0.2.4",
            "9.9.9.9,",
            "2001:db8::9",
            "9.9.9.9:80",
        ];
        for (const list of lists) {
            const client = clientBeyond(isTrusted!, list) || "127.0.0.1";
            assert.equal(
                await asked("forwarded", "", "/", [`x-forwarded-for: ${list}`]),
                `200 client=${client} peer=127.0.0.1 path=/`,
                list,
            );
        }
    });

    it("redirects no client of gRPC either", async () => {
        assert.equal(await asked("UNESCAPE_AND_REDIRECT", "", "/a%2fb"), "307 /a/b");
        assert.equal(await asked("UNESCAPE_AND_REDIRECT", "", "/a%2fb", ["content-type: application/grpc"]), "200 ");
    });

    it("makes the same paths of slashes, written as they may be", async () => {
        const paths = [
            "/a//b///c?x=//y",
            "/a%2fb",
            "/a%2Fb%2f%2fc?x=%2f",
            "/a%5c..%5Cb",
            "/%2e%2e%2f%2fadmin",
            "/a/..%2f..%2fb",
            "/%252f",
            "/a//../b",
            "///x",
        ];
        // Of slashes alone Envoy leaves two, the first and the last.
        const words = {
            KEEP_UNCHANGED: "keep",
            REJECT_REQUEST: "reject",
            UNESCAPE_AND_REDIRECT: "redirect",
            UNESCAPE_AND_FORWARD: "forward",
        };
        for (const [action, pathWithEscapedSlashes] of Object.entries(words)) {
            const { edge } = listenerRules({ options: gatewayOptionsOf({ mergeSlashes: true, pathWithEscapedSlashes }).options });
            for (const target of paths) {
                const state = {
                    method: "GET",
                    path: target,
                    pathname: "",
                    scheme: "http",
                    authority: "",
                    headers: [],
                    connection: { edge },
                };
                const verdict = choosePath({ ...state, authority: "a.test" } as never) as { status: number; headers: string[] } | undefined;
                const taken = { ...state, authority: "a.test" };
                choosePath(taken as never);
                // The location has scheme and host here, so that `//` leads nowhere else.
                const ours =
                    verdict === undefined
                        ? `200 ${taken.path}`
                        : `${verdict.status} ${verdict.headers[1]?.replace("http://a.test", "") ?? ""}`;
                const theirs = (await asked(action, "", target)).replace(/client=.* path=/, "");
                assert.equal(theirs.trim(), ours.trim(), `${action} ${target}`);
            }
        }
    });
});
