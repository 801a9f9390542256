/** Limits of connections held by two real workers together, and by the one that takes a killed one's place. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, ORIGIN } from "../../support/front";
import { ProxyRig, says } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";

const KEY = "0.0.0.0:80";
const TABLE = "table any";
const LIMIT = 20;
/** What may arrive before both know of each other. */
const TOLERANCE = 4;

describe("connections over several workers", function () {
    this.timeout(60_000);
    let worker: Bundle;
    let rig: ProxyRig;
    const open: net.Socket[] = [];

    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        rig = await new ProxyRig().start(
            worker.file,
            {
                listeners: [{ ...listenerEntry("http", KEY), options: { limits: { connectionsPerAddress: LIMIT } } }],
                chains: [{ ...httpChain("any", [], undefined, KEY), target: { kind: "http", routeTable: TABLE } }],
                routeTables: [{ key: TABLE, port: 80, origin: ORIGIN }],
                virtualHosts: [says(TABLE, "*", "ok")],
            },
            { concurrency: 2 },
        );
        await rig.proxy.ready;
    });
    after(async () => {
        for (const socket of open) socket.destroy();
        await rig.stop();
        worker.remove();
    });

    /** How many of so many stay open. */
    async function connect(count: number): Promise<number> {
        let kept = 0;
        for (let at = 0; at < count; at++) {
            const socket = net.connect(rig.port(KEY), "127.0.0.1");
            socket.on("error", () => undefined);
            await once(socket, "connect");
            const closed = await Promise.race([
                once(socket, "close").then(() => true),
                once(socket.resume(), "end").then(() => true),
                new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 40)),
            ]);
            if (closed) socket.destroy();
            else {
                kept++;
                open.push(socket);
            }
        }
        return kept;
    }

    it("are counted together, and again once some are gone", async () => {
        const kept = await connect(LIMIT + 15);
        assert.ok(kept >= LIMIT && kept <= LIMIT + TOLERANCE, `${kept} stayed open`);
        const stats = ((await rig.admin("/stats")) as { total: Record<string, number> }).total;
        assert.ok(stats['limits_reached{limit="downstream_cx_overflow_address"}']! >= 15 - TOLERANCE);
        for (const socket of open.splice(0)) socket.destroy();
        await eventually(async () => assert.ok((await connect(1)) === 1));
    });

    it("are forgotten with the worker that is killed", async () => {
        for (const socket of open.splice(0)) socket.destroy();
        await eventually(async () => assert.ok((await connect(1)) === 1));
        await connect(LIMIT + 5);
        for (const { pid } of await rig.workers()) process.kill(pid, "SIGKILL");
        await eventually(async () => assert.equal((await rig.workers()).filter(({ inSync }) => inSync).length, 2), 20_000);
        open.length = 0;
        assert.ok((await connect(LIMIT)) >= LIMIT - TOLERANCE);
    });
});
