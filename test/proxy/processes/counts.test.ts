/** What workers have counted is known to the primary before they are gone. */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import type { FromWorker, ToWorker } from "../../../proxy/processes/protocol";
import type { VirtualHostEntry } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { get, WEB, web } from "./support";

type Counted = Extract<FromWorker, { type: "counted" }>;

describe("what workers have counted", () => {
    let worker: Bundle;
    before(() => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
    });
    after(() => worker.remove());

    it("is told with every ping, whole at first and then what has changed, and once more at the end", async () => {
        const child: ChildProcess = fork(worker.file, [], { serialization: "advanced", execArgv: [] });
        const told: Counted["counted"][] = [];
        child.on("message", (message: FromWorker) => {
            if (message.type === "counted") told.push(message.counted);
        });
        const tell = (message: ToWorker): void => void child.send(message);
        tell({ type: "ping" });
        await eventually(() => assert.equal(told.length, 1));
        const names = told[0]!.families.map(({ name }) => name);
        assert.deepEqual([names[0], names.includes("requests"), names.includes("http2_abuse")], ["connections_active", true, true]);
        tell({ type: "ping" });
        await eventually(() => assert.equal(told.length, 2));
        const [first, second] = [told[0]!, told[1]!];
        const again = [...second.changed].map((number) => first.families[first.series[number]![0]]!.name);
        assert.deepEqual([second.families, second.series], [[], []], "what was named is not named again");
        assert.deepEqual(
            again.filter((name) => !/^(memory|process|event_loop)_/.test(name)),
            [],
        );
        tell({ type: "drain", withinMs: 0 });
        await once(child, "close");
        assert.equal(told.length, 3);
    });

    it("is not lost with a worker that fails, though nobody asked for it meanwhile", async () => {
        const rig = await new ProxyRig().start(worker.file, web("web"));
        try {
            await rig.proxy.ready;
            for (let n = 0; n < 5; n++) await get(rig.port(WEB));
            const unnameable = new Map<string, VirtualHostEntry>([["nobody", null as unknown as VirtualHostEntry]]);
            rig.setTables({ ...rig.tables, virtualHosts: unnameable });
            await eventually(() => assert.ok(rig.log.some((line) => line.msg === "worker failed")));
            rig.set(web("web"));
            await eventually(async () => assert.ok((await rig.workers())[0]!.inSync));
            const requests = async (): Promise<unknown> =>
                ((await rig.admin("/stats")) as { total: Record<string, number> }).total["requests"];
            await eventually(async () => assert.equal(await requests(), 5));
        } finally {
            await rig.stop();
        }
    });
});
