/** S11: what an application may reach outside: everything, nothing that is not named, and one host that is opened. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { eventually } from "../support/eventually";
import { externalYaml, playMesh, type MeshScenario } from "../support/mesh-scenario";
import { httpBackend, type Backend } from "../support/scenario";
import { stage } from "../support/stage";

const policy = (mode: string): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: default }
spec: { outboundTrafficPolicy: { mode: ${mode} } }
`;

describe("S11 the outbound policy", function () {
    this.timeout(600_000);
    let outside: Backend;
    let scenario: MeshScenario;

    before(async () => {
        outside = await httpBackend((_request, response) => void response.end("outside"));
        scenario = await playMesh({ "policy.yaml": policy("ALLOW_ANY") });
    });
    after(async () => {
        await scenario?.stop();
        await outside?.stop();
    });

    it("ALLOW_ANY lets through what nobody has named, and tunnels to it", async () => {
        assert.equal(await scenario.status(`http://${stage().backendAddress}:${outside.port}/`), 200);
        assert.equal(await scenario.status(`http://${stage().backendAddress}:${outside.port}/`, "--proxytunnel"), 200);
    });

    it("REGISTRY_ONLY answers it with 502, and says in one line who wanted what and what would allow it", async () => {
        await scenario.write("policy.yaml", policy("REGISTRY_ONLY"));
        await eventually(async () => assert.equal(await scenario.status("http://httpbin.org/get"), 502));
        const line = await scenario.mesh.waitFor(({ host }) => host === "httpbin.org");
        assert.match(String(line.msg), /outbound traffic blocked/);
        assert.equal(line.source, "127.0.0.1");
        assert.match(String(line.allowedBy), /a ServiceEntry \(or Service\) with the host httpbin\.org .*ALLOW_ANY/);
        await scenario.status("http://httpbin.org/again");
        assert.equal(scenario.mesh.log.filter(({ host }) => host === "httpbin.org").length, 1);
        const tunnel = await scenario.curl("--proxytunnel", "-v", `http://${stage().backendAddress}:${outside.port}/`);
        assert.match(tunnel.stderr, /HTTP\/1\.1 502/);
        const stats = (await (await fetch(`http://${String(scenario.mesh.ready.admin)}/stats`)).json()) as {
            total: Record<string, number>;
        };
        assert.ok((stats.total.outbound_blocked ?? 0) >= 3, JSON.stringify(stats.total));
    });

    it("a ServiceEntry opens its host", async () => {
        await scenario.write("entry.yaml", externalYaml("httpbin.org", { http: { number: 80, protocol: "HTTP", target: outside.port } }));
        await eventually(async () => assert.equal((await scenario.curl("http://httpbin.org/get")).stdout, "outside"));
        assert.equal(await scenario.status("http://httpbin.org:81/get"), 502);
        assert.equal(await scenario.status("http://other.org/get"), 502);
    });
});
