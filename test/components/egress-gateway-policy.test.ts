/** What an EgressGateway makes of its policy, read by the proxy and tried over real sockets. */
import assert from "node:assert/strict";
import { afterEach, before, after, describe, it } from "mocha";
import { buildForwardProxy, buildOwnPolicy } from "../../components/egress-gateway/objects";
import { planEgressGateway, type EgressGatewayData } from "../../components/egress-gateway/plan";
import { buildServiceEntry } from "../../components/external-service/objects";
import { planExternalService } from "../../components/external-service/plan";
import { refOf } from "../../components/workload";
import { isWhole, Outside, Rig } from "../proxy/egress/rig";

const written = (kind: string, one: object): string => `---\n${JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, ...one })}\n`;

describe("the policy of an egress gateway that is a forward proxy", () => {
    let outside: Outside;
    let rig: Rig;
    before(async () => {
        outside = await Outside.open((socket) => socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")));
    });
    after(() => outside.close());
    afterEach(() => rig.close());

    async function start(args: Partial<EgressGatewayData>): Promise<Rig> {
        const gateway = planEgressGateway("egress", { namespace: "out", forwardProxy: true, ...args });
        const service = planExternalService("known", {
            hosts: ["known.example"],
            ports: { http: { number: 80, targetPort: outside.port } },
            innerAddresses: ["127.0.0.1/32"],
            via: refOf(gateway),
        });
        const yaml = [
            written("Gateway", buildForwardProxy(gateway)),
            written("Sidecar", buildOwnPolicy(gateway)),
            written("ServiceEntry", buildServiceEntry(service)),
        ].join("");
        const names = {
            "known.example": [["127.0.0.1"]],
            "inner.example": [["10.0.0.7"]],
            "metadata.example": [["169.254.169.254"]],
            "gone.example": [[]],
        };
        rig = await new Rig(yaml, names, { namespace: "out", labels: gateway.selector }).start();
        assert.equal(rig.findings, "");
        return rig;
    }

    const said = async (request: string): Promise<string> => {
        const answer = await rig.ask(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`, isWhole);
        return `${answer.slice(9, 12)} ${/x-gatehouse-egress-refused: (\w+)/.exec(answer)?.[1] ?? ""}`.trim();
    };

    it("lets through what ExternalServices name, and nothing else, by default", async () => {
        for (const args of [{}, { outboundTrafficPolicy: "REGISTRY_ONLY" }] as const) {
            await start(args);
            assert.equal(await said("GET http://known.example/"), "200");
            assert.equal(await said("GET http://known.example:81/"), "403 port_not_allowed");
            for (const request of ["GET http://gone.example/", "CONNECT gone.example:443", "CONNECT inner.example:443"])
                assert.equal(await said(request), "403 host_not_allowed", request);
            assert.deepEqual(
                rig.asked.filter((name) => name !== "known.example"),
                [],
            );
        }
    });

    it("lets every public host through where that is asked for, and leads nowhere inside", async () => {
        await start({ outboundTrafficPolicy: "ALLOW_ANY" });
        assert.equal(await said("GET http://known.example/"), "200");
        // What is defined has the ports that are defined.
        assert.equal(await said("GET http://known.example:81/"), "403 port_not_allowed");
        // Without an address it is asked for, and not found: it was let through as far as that.
        for (const request of ["GET http://gone.example/", "CONNECT gone.example:443", "CONNECT gone.example:22"])
            assert.equal(await said(request), "503", request);
        for (const request of [
            "CONNECT inner.example:443",
            "GET http://inner.example/",
            "GET http://metadata.example/latest",
            "CONNECT 127.0.0.1:22",
        ])
            assert.equal(await said(request), "403 inner_address", request);
    });
});
