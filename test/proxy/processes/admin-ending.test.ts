/** Who may end a proxy over the network, and who may be let near: the admin server alone, on loopback unless told twice. */
import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { exposureFault } from "../../../proxy/admin";
import { ProxyRig } from "../../support/proxy-rig";
import { program } from "../../support/worker-bundle";
import type { ProxyOptions } from "../../../proxy";

/** A worker that serves nothing, and goes when it is told to. */
const WORKER = program(`process.on("disconnect", () => process.exit(0)); process.on("message", (m) => {
    if (m.type === "sync") process.send({ type: "ack", sequence: m.sequence, version: m.delta?.version ?? 0, findings: [], failed: [] });
    if (m.type === "drain") process.exit(0);
});`);
after(() => WORKER.remove());

async function start(options: Partial<ProxyOptions>): Promise<ProxyRig> {
    return new ProxyRig().start(WORKER.file, {}, options);
}

describe("the admin server's address", () => {
    it("is one of this machine's own, or refused with what it would expose", () => {
        for (const own of ["127.0.0.1:15000", "127.9.9.9:0", "[::1]:15000", "localhost:0", "[::ffff:127.0.0.1]:1"])
            assert.equal(exposureFault(own), undefined, own);
        for (const open of [
            "0.0.0.0:15000",
            ":15000",
            "[::]:0",
            "10.0.0.1:15000",
            "192.168.0.1:1",
            "[::ffff:10.0.0.1]:1",
            "host.test:1",
            "127.evil.test:1",
        ])
            assert.match(exposureFault(open) ?? "", /open to other machines on .*end the proxy.*--admin-exposed/, open);
    });

    it("is refused by a proxy that is started so, and taken with the switch, which is said in the log", async () => {
        await assert.rejects(start({ admin: "0.0.0.0:0" }), /--admin-exposed/);
        const rig = await start({ admin: "0.0.0.0:0", isAdminExposed: true });
        try {
            assert.match(rig.proxy.adminAddress, /^0\.0\.0\.0:\d+$/);
            assert.ok(rig.log.some((line) => /--admin-exposed: the admin server on 0\.0\.0\.0/.test(line.msg)));
        } finally {
            await rig.stop();
        }
    });
});

describe("the end of a proxy that is asked for", () => {
    for (const [path, answer] of [
        ["/drain", "draining\n"],
        ["/quitquitquit", "exiting\n"],
        ["/quitquitquitquit", "exiting\n"],
    ] as const) {
        it(`by POST ${path} is answered, and comes; a web page can't ask for it, nor GET`, async () => {
            const rig = await start({ admin: "127.0.0.1:0", drainDelaySeconds: 0, drainSeconds: 0 });
            try {
                await rig.proxy.ready;
                const url = `http://${rig.proxy.adminAddress}${path}`;
                assert.equal((await fetch(url)).status, 405);
                assert.equal((await fetch(url, { method: "POST", headers: { origin: "http://evil.test" } })).status, 403);
                assert.equal((await fetch(`http://${rig.proxy.adminAddress}/ready`)).status, 200);
                assert.equal(await (await fetch(url, { method: "POST" })).text(), answer);
                assert.equal(await rig.proxy.finished, 0);
            } finally {
                await rig.stop();
            }
        });
    }
});
