/**
 * A flood of TLS handshakes of one address, beside a client that has its connection and one that comes from elsewhere: both are
 * served meanwhile. The flood takes the core of another process; the figures are printed, the bounds are far above them.
 */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../../support/certificates";
import { httpChain, listenerEntry, ORIGIN, secretEntry, terminated } from "../../support/front";
import { ProxyRig, says } from "../../support/proxy-rig";
import { bundle, program, type Bundle } from "../../support/worker-bundle";

const KEY = "0.0.0.0:443";
const TABLE = "table any";
const FLOOD_MS = 3000;
const GET = "GET / HTTP/1.1\r\nhost: any.test\r\n\r\n";

/** Sends ClientHellos from an address of its own and leaves when it is answered, as many at once as it can. */
const FLOODER = `
const net = require("node:net"), tls = require("node:tls");
const port = Number(process.argv[2]);
let hello;
const catcher = net.createServer((socket) => socket.once("data", (chunk) => { hello = chunk; socket.destroy(); catcher.close(); begin(); }));
catcher.listen(0, "127.0.0.1", () => tls.connect({ port: catcher.address().port, servername: "any.test", rejectUnauthorized: false }).on("error", () => {}));
let sent = 0;
function one() {
    const socket = net.connect({ port, host: "127.0.0.1", localAddress: "127.0.0.9" });
    socket.on("error", () => {}).on("data", () => socket.destroy()).on("close", () => setImmediate(one));
    socket.write(hello, () => sent++);
}
function begin() { for (let at = 0; at < 300; at++) one(); }
process.on("message", () => process.send(sent, () => process.exit(0)));
`;

describe("a flood of handshakes", function () {
    this.timeout(60_000);
    const bundles: Bundle[] = [];
    let rig: ProxyRig;
    let flooder: ChildProcess | undefined;

    before(async () => {
        const worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        bundles.push(worker);
        const ca = await makeAuthority();
        rig = await new ProxyRig().start(worker.file, {
            listeners: [listenerEntry("tls", KEY)],
            secrets: [secretEntry("any", await ca.issue({ dns: ["any.test"] }))],
            chains: [{ ...httpChain("any", [], terminated("any")), target: { kind: "http", routeTable: TABLE } }],
            routeTables: [{ key: TABLE, port: 443, origin: ORIGIN }],
            virtualHosts: [says(TABLE, "*", "ok")],
        });
        await rig.proxy.ready;
    });
    after(async () => {
        flooder?.kill("SIGKILL");
        await rig.stop();
        for (const one of bundles) one.remove();
    });

    async function connected(): Promise<tls.TLSSocket> {
        const options = {
            port: rig.port(KEY),
            host: "127.0.0.1",
            servername: "any.test",
            rejectUnauthorized: false,
            ALPNProtocols: ["http/1.1"],
        };
        const socket = tls.connect(options);
        await once(socket, "secureConnect");
        return socket;
    }

    it("keeps neither those waiting who are there, nor those who come from elsewhere", async () => {
        const there = await connected();
        const source = program(FLOODER);
        bundles.push(source);
        flooder = fork(source.file, [String(rig.port(KEY))], { execArgv: [] });
        await new Promise((resolve) => setTimeout(resolve, 500));
        const requests: number[] = [];
        const handshakes: number[] = [];
        const end = performance.now() + FLOOD_MS;
        while (performance.now() < end) {
            let from = performance.now();
            there.write(GET);
            await once(there, "data");
            requests.push(performance.now() - from);
            from = performance.now();
            (await connected()).destroy();
            handshakes.push(performance.now() - from);
        }
        const told = once(flooder, "message");
        flooder.send("stop");
        const [sent] = (await told) as [number];
        const half = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
        console.log(
            `      ${sent} ClientHellos; half of the requests within ${half(requests).toFixed(1)} ms, of the handshakes within ${half(handshakes).toFixed(1)} ms`,
        );
        assert.ok(sent > 300, `${sent}: no flood`);
        assert.ok(half(requests) < 1000, `requests: ${half(requests)} ms`);
        assert.ok(handshakes.length > 0);
        there.destroy();
    });
});
