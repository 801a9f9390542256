/** `explain --proxy-port`: what a forward proxy would do with a request, asked of a folder as of a running gateway. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { explainRequest } from "../../cli/explain";
import type { Terminal } from "../../cli/terminal";
import type { Explanation } from "../../proxy/explain";

const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: proxy, namespace: egress, annotations: { gatehouse.dev/forward-proxy: proxy } }
spec:
  selector: { app: egress }
  servers: [{ port: { number: 3128, name: proxy, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: api, namespace: egress, annotations: { gatehouse.dev/forward-proxy: egress/proxy } }
spec:
  hosts: [api.example.com]
  ports: [{ number: 443, name: https, protocol: HTTPS }]
  resolution: DNS
`;

describe("explain --proxy-port", () => {
    let dir: string;
    before(() => {
        dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-explain-proxy-"));
        writeFileSync(path.join(dir, "objects.yaml"), OBJECTS);
    });
    after(() => rmSync(dir, { recursive: true, force: true }));

    async function asked(url: string, proxyPort?: number): Promise<Explanation> {
        const lines: string[] = [];
        const terminal = {
            print: (text: string) => lines.push(text),
            progress: () => {},
            finding: () => {},
            fault: () => {},
            style: (_: string, text: string) => text,
        };
        const request = {
            url,
            target: dir,
            labels: { app: "egress" },
            namespace: "egress",
            headers: [],
            env: "dev",
            config: {},
            portOffset: 0,
            output: "json" as const,
        };
        assert.equal(
            await explainRequest({ ...request, ...(proxyPort === undefined ? {} : { proxyPort }) }, terminal as unknown as Terminal),
            0,
        );
        return JSON.parse(lines.join("\n")) as Explanation;
    }

    it("asks the proxy by CONNECT for what is TLS, and says what is let through and what is not", async () => {
        const passed = await asked("https://api.example.com/x", 3128);
        assert.deepEqual([passed.action, passed.listener?.port, passed.destination?.host], ["forward", 3128, "api.example.com"]);
        const refused = await asked("https://evil.example/", 3128);
        assert.deepEqual([refused.action, refused.status], ["reply", 403]);
        assert.match(refused.steps.at(-1)?.text ?? "", /host_not_allowed/);
        assert.equal((await asked("https://api.example.com/x")).listener, null, "without it a server is asked, and none is on 443");
    });
});
