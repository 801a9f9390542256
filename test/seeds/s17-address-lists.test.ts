/** S17: an office's addresses before a back office, behind a load balancer that says whom it speaks for. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import type { Explanation } from "../../proxy/explain";
import { gatehouse } from "../support/gatehouse";
import { eventually } from "../support/eventually";
import { denyYaml, edgeYaml, GATEWAY_LABELS, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const EDGE = edgeYaml("*.example.com");
/** The office alone comes to the back office, but never a banned address, to no host. */
const POLICIES = [
    denyYaml(
        "office",
        `
    - from: [{ source: { notRemoteIpBlocks: [203.0.113.0/24, "2001:db8:1::/48"] } }]
      to: [{ operation: { hosts: [office.example.com, "office.example.com:*"] } }]`,
    ),
    denyYaml("banned", "[{ from: [{ source: { remoteIpBlocks: [203.0.113.66, 198.51.100.0/25] } }] }]"),
    denyYaml("balancer", "[{ from: [{ source: { notIpBlocks: [127.0.0.0/8] } }] }]"),
].join("---");

describe("S17 address lists behind a proxy", function () {
    this.timeout(600_000);
    let web: Backend;
    let scenario: Scenario;

    before(async () => {
        web = await httpBackend((request, response) => {
            response.end(String(request.headers["x-forwarded-for"]));
        });
        scenario = await play({
            ports: [80],
            args: ["--trusted-proxies", "1"],
            files: {
                "objects.yaml": EDGE,
                "policies.yaml": POLICIES,
                "web.yaml": serviceYaml("web", 80, web.port, { namespace: "shop" }),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await web.stop();
    });

    const status = (host: string, ...forwarded: readonly string[]): Promise<number> =>
        scenario.status(host, "/", ...forwarded.flatMap((one) => ["-H", `X-Forwarded-For: ${one}`]));

    it("let in whom the load balancer names, and nobody else", async () => {
        assert.equal(await status("office.example.com", "203.0.113.7"), 200);
        assert.equal(await status("office.example.com", "2001:db8:1::7"), 200);
        assert.equal(await status("office.example.com", "192.0.2.7"), 403);
        assert.equal(await status("www.example.com", "192.0.2.7"), 200);
    });

    it("believe no address that the client wrote before the load balancer's", async () => {
        assert.equal(await status("office.example.com", "203.0.113.7, 192.0.2.7"), 403);
        assert.equal(await status("office.example.com", "203.0.113.7", "192.0.2.7"), 403);
        assert.equal(await status("office.example.com", "192.0.2.7, 203.0.113.7"), 200);
    });

    it("take a request that the load balancer has not marked, or not so that it can be read, for the balancer's own", async () => {
        assert.equal(await status("office.example.com"), 403);
        assert.equal(await status("office.example.com", "203.0.113.7, not-an-address"), 403);
        assert.equal(await status("www.example.com"), 200);
    });

    it("keep banned addresses out of every host, also out of what else would let them in", async () => {
        assert.equal(await status("office.example.com", "203.0.113.66"), 403);
        assert.equal(await status("www.example.com", "198.51.100.127"), 403);
        assert.equal(await status("www.example.com", "198.51.100.128"), 200);
    });

    it("are explained with the address that counts", async () => {
        const { stdout, stderr } = await gatehouse([
            "explain",
            `http://office.example.com:${scenario.port(80)}/`,
            "--admin",
            String(scenario.proxy.ready["admin"]),
            "--client-address",
            "127.0.0.1",
            "-H",
            "x-forwarded-for: 203.0.113.7, 192.0.2.7",
        ]);
        assert.match(stdout, /403, answered by the gateway/, stderr);
        assert.match(stdout, /the connection comes from 127\.0\.0\.1.*the client.*192\.0\.2\.7/);
        assert.match(stdout, /DENY istio-system\/office matches/);
        assert.match(stdout, /from\[0\]\.source\.notRemoteIpBlocks wants none of 203\.0\.113\.0\/24, 2001:db8:1::\/48; it is 192\.0\.2\.7/);
    });

    it("are explained from a folder as a proxy would answer that is told of as many proxies", async () => {
        const folder = mkdtempSync(path.join(scenario.fileRoot, "objects-"));
        writeFileSync(path.join(folder, "objects.yaml"), `${EDGE}---${POLICIES}`);
        const told = async (...args: readonly string[]): Promise<unknown> => {
            const { stdout, stderr } = await gatehouse([
                "explain",
                "http://office.example.com/",
                folder,
                ...["--labels", GATEWAY_LABELS, "--namespace", "istio-system", "-o", "json"],
                ...["--client-address", "127.0.0.1", "-H", "x-forwarded-for: 203.0.113.7"],
                ...args,
            ]);
            assert.equal(stderr, "");
            const { access } = JSON.parse(stdout) as Explanation;
            return [access?.decision, access?.remoteAddress];
        };
        assert.deepEqual(await told(), ["denied", "127.0.0.1"]);
        assert.deepEqual(await told("--trusted-proxies", "1"), ["allowed", "203.0.113.7"]);
    });

    it("take effect with the next request when they change", async () => {
        await scenario.write("policies.yaml", POLICIES.replace("203.0.113.66", "203.0.113.7"));
        await eventually(async () => assert.equal(await status("office.example.com", "203.0.113.7"), 403));
        assert.equal(await status("office.example.com", "203.0.113.66"), 200);
    });
});
