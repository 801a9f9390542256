/** A change that a worker can't bind: it takes nothing down, is named, and stops no other change. */
import assert from "node:assert/strict";
import http from "node:http";
import type { FilterChainEntry, VirtualHostEntry } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, ORIGIN } from "../../support/front";
import { ProxyRig, says, type RigEntries } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";

const WEB = "0.0.0.0:80";

function web(hosts: Readonly<Record<string, string>>, more: Partial<RigEntries> = {}): RigEntries {
    return {
        listeners: [listenerEntry("http", WEB)],
        chains: [chain()],
        routeTables: [{ key: "http.80", port: 80, origin: ORIGIN }],
        virtualHosts: Object.entries(hosts).map(([host, text]) => says("http.80", host, text)),
        ...more,
    };
}
function chain(): FilterChainEntry {
    return { ...httpChain("web", [], undefined, WEB), target: { kind: "http", routeTable: "http.80" } };
}
/** Of a form that the compiler never gives. */
function broken(text: string): VirtualHostEntry {
    return { ...says("http.80", "bad.test", text), domain: null as unknown as string };
}

describe("a change that a worker can't bind", () => {
    let worker: Bundle;
    let rig: ProxyRig;

    before(function () {
        this.timeout(600_000);
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
    });
    after(() => worker.remove());
    beforeEach(() => {
        rig = new ProxyRig();
    });
    afterEach(() => rig.stop());

    function get(host: string): Promise<string> {
        return new Promise((resolve, reject) => {
            http.get({ port: rig.port(WEB), host: "127.0.0.1", agent: false, headers: { host } }, (response) => {
                let text = "";
                response.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text));
            }).on("error", reject);
        });
    }
    const refusals = (): string[] =>
        rig.proxy
            .findings()
            .filter(({ code }) => code === "GH0487")
            .map(({ message }) => message);

    it("is named and served as it last was, while all other changes are served and no worker dies", async () => {
        await rig.start(worker.file, web({ "good.test": "1", "bad.test": "1" }), { concurrency: 2 });
        await rig.proxy.ready;
        const { virtualHosts = [] } = web({ "good.test": "2" });
        rig.set(web({}, { virtualHosts: [...virtualHosts, broken("2")] }));
        await eventually(async () => assert.ok((await rig.workers()).every(({ inSync }) => inSync) && refusals().length === 1));
        assert.match(
            refusals()[0] ?? "",
            /^http\.80 bad\.test \(virtualHosts\) was refused by a worker: .*; its last good version is served/,
        );
        assert.deepEqual([rig.proxy.findings()[0]?.object?.name, rig.proxy.findings()[0]?.field], [ORIGIN.name, ORIGIN.field]);
        for (let n = 0; n < 4; n++) assert.deepEqual([await get("good.test"), await get("bad.test")], ["2", "1"]);

        // The next change has the same broken entry in it still.
        rig.set(web({}, { virtualHosts: [says("http.80", "good.test", "3"), broken("2")] }));
        await eventually(async () => assert.equal(await get("good.test"), "3"));
        assert.equal(refusals().length, 1);

        rig.set(web({ "good.test": "4", "bad.test": "4" }));
        await eventually(async () => assert.deepEqual([await get("good.test"), await get("bad.test"), refusals()], ["4", "4", []]));
        assert.deepEqual(
            (await rig.workers()).map(({ restarts }) => restarts),
            [0, 0],
        );
        assert.deepEqual(
            rig.log.filter(({ msg }) => msg === "worker failed" || msg === "worker asks for everything again"),
            [],
        );
    });

    it("is left out where there was none before, also from a start on", async () => {
        await rig.start(worker.file, web({}, { virtualHosts: [says("http.80", "good.test", "1"), broken("1")] }));
        await rig.proxy.ready;
        assert.deepEqual([await get("good.test"), refusals().length], ["1", 1]);
        assert.match(refusals()[0] ?? "", /it is left out/);
        assert.equal((await rig.workers())[0]?.restarts, 0);
    });

    it("changes no listener either: the chain from before goes on", async () => {
        await rig.start(worker.file, web({ "good.test": "1" }));
        await rig.proxy.ready;
        rig.set(web({ "good.test": "2" }, { chains: [{ ...chain(), serverNames: null as unknown as string[] }] }));
        await eventually(async () => assert.deepEqual([await get("good.test"), refusals().length], ["2", 1]));
    });

    it("is not refused any more once the worker that refuses it is told something else, however late its answer comes", async () => {
        await rig.start(worker.file, web({ "good.test": "1", "bad.test": "1" }));
        await rig.proxy.ready;
        // Both are on their way before the first answer is.
        rig.set(web({}, { virtualHosts: [says("http.80", "good.test", "2"), broken("2")] }));
        rig.set(web({ "good.test": "3", "bad.test": "3" }));
        await eventually(async () => assert.deepEqual([await get("good.test"), await get("bad.test"), refusals()], ["3", "3", []]));
        assert.equal((await rig.workers())[0]?.restarts, 0);
    });
});
