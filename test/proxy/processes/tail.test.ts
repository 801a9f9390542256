/** What people watch of all workers together, and that a worker which comes later tells too. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { EventReader } from "../../support/event-reader";
import { eventually } from "../../support/eventually";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { get, WEB, web } from "./support";

describe("the tail of a proxy", () => {
    let worker: Bundle;
    let rig: ProxyRig;
    before(() => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
    });
    after(() => worker.remove());
    beforeEach(async () => {
        rig = await new ProxyRig().start(worker.file, web("web"), { concurrency: 2 });
        await rig.proxy.ready;
    });
    afterEach(async () => rig.stop());

    const tail = (filter: string): string => `http://${rig.proxy.adminAddress}/tail?filter=${encodeURIComponent(filter)}`;

    /** A watch begins in each worker a moment after it was asked for. */
    async function watching(reader: EventReader): Promise<unknown> {
        let event: Promise<unknown> | undefined;
        const first = (event ??= reader.next(15_000));
        let seen = false;
        void first.then(() => (seen = true));
        while (!seen) {
            await get(rig.port(WEB));
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return first;
    }

    it("passes on the JSON form of each record, by the filter, though nothing is logged", async () => {
        const all = await EventReader.open(tail('request.host == "web.test" && response.code < 400'));
        const { data } = (await watching(all)) as { data: Record<string, unknown> };
        assert.deepEqual([data["authority"], data["response_code"], data["method"], data["path"]], ["web.test", 200, "GET", "/"]);
        await all.close();
    });

    it("goes on with the workers that come later", async () => {
        const reader = await EventReader.open(tail(""));
        for (const { pid } of await rig.workers()) process.kill(pid, "SIGKILL");
        await eventually(async () => assert.ok((await rig.workers()).every(({ restarts, inSync }) => restarts > 0 && inSync)));
        await get(rig.port(WEB));
        assert.equal((await reader.next()).event, "message");
        await reader.close();
    });

    it("says of a filter what is not understood, and refuses who comes when enough watch already", async () => {
        const bad = await fetch(tail("response.code >="));
        assert.deepEqual(
            [bad.status, await bad.text()],
            [400, 'filter "response.code >=" is not understood: it ends where a value should be\n'],
        );
        const readers = await Promise.all(Array.from({ length: 32 }, async () => EventReader.open(tail(""))));
        const over = await fetch(tail(""));
        assert.equal(over.status, 503);
        assert.match(await over.text(), /32 watch already/);
        await readers[0]!.close();
        await eventually(async () => {
            const again = await fetch(tail(""));
            await again.body?.cancel();
            assert.equal(again.status, 200);
        });
        await Promise.all(readers.slice(1).map(async (one) => one.close()));
    });

    it("remembers what was changed", async () => {
        rig.set(web("other"));
        await eventually(async () => {
            const { version, changes } = (await rig.admin("/changes")) as { version: number; changes: { objects: unknown[] }[] };
            assert.deepEqual([version, changes.length, changes[0]!.objects.length], [2, 2, 1]);
        });
    });
});
