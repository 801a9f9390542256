/** `gatehouse up` says where each gateway's page is, and opens the first for who asks for it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { showLivePages } from "../../../cli/up/live-pages";
import type { GatewayReport } from "../../../cli/up/report";
import type { Terminal } from "../../../cli/terminal";

const gateway = (name: string, port: number): GatewayReport =>
    ({ name, namespace: "edge", admin: `http://127.0.0.1:${port}` }) as GatewayReport;

describe("the live pages of a run", () => {
    const said: string[] = [];
    const terminal = { progress: (text: string) => said.push(text) } as unknown as Terminal;

    it("are told by their addresses, and why none was opened where there is no browser", async () => {
        await showLivePages({ gateways: [gateway("public", 1), gateway("other", 2)] }, false, terminal);
        assert.deepEqual(said.splice(0), ["Live page of edge/public: http://127.0.0.1:1/", "Live page of edge/other: http://127.0.0.1:2/"]);
        const before = process.env["BROWSER"];
        process.env["BROWSER"] = "/nowhere/browser";
        try {
            await showLivePages({ gateways: [gateway("public", 1)] }, true, terminal);
            assert.match(said[1]!, /No browser was opened \(\/nowhere\/browser can't be run: ENOENT\)/);
        } finally {
            if (before === undefined) delete process.env["BROWSER"];
            else process.env["BROWSER"] = before;
        }
        await showLivePages({ gateways: [] }, true, terminal);
    });
});
