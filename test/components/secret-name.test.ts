/** A gateway is never without a certificate, however a stack has its objects named. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import * as gatehouse from "pulumi-gatehouse";
import { drawsNames, nameByContent } from "../../components/certificate/secret-name";
import { evaluate } from "../../engine/testing";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

describe("the name of a certificate's Secret", () => {
    const setting = (value: object): boolean => drawsNames(JSON.stringify(value));

    it("is Pulumi's to make up as long as it makes up another each time", () => {
        const verbatim = { mode: "verbatim" };
        for (const drawn of [
            {},
            { mode: "default" },
            { pattern: "${name}-${hex(4)}" },
            { pattern: "${uuid}" },
            { ...verbatim, providers: { kubernetes: { mode: "default" }, tls: {} } },
            { ...verbatim, providers: { kubernetes: {}, tls: { mode: "default" } } },
            {
                providers: {
                    kubernetes: { ...verbatim, resources: { "kubernetes:core/v1:Secret": { pattern: "${name}-${alphanum(6)}" } } },
                },
            },
            { providers: { aws: verbatim } },
        ])
            assert.ok(setting(drawn), JSON.stringify(drawn));
        for (const fixed of [
            verbatim,
            { mode: "disabled" },
            { pattern: "${stack}-${name}" },
            { providers: { kubernetes: { mode: "disabled" } } },
            { providers: { kubernetes: { resources: { "kubernetes:core/v1:Secret": verbatim } } } },
            { pattern: "${hex()}" },
            { ...verbatim, providers: { kubernetes: {} } },
            { providers: { tls: verbatim } },
        ])
            assert.ok(!setting(fixed), JSON.stringify(fixed));
    });

    it("is else a valid one that changes with any part of the content", () => {
        const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);
        const base = fc
            .array(label, { minLength: 1, maxLength: 4 })
            .map((labels) => labels.join(".").slice(0, 253))
            .filter((one) => DNS_SUBDOMAIN.test(one));
        fc.assert(
            fc.property(base, fc.dictionary(fc.string(), fc.string()), fc.string(), fc.string(), (name, content, key, value) => {
                const made = nameByContent(name, "tls", content);
                assert.ok(made.length <= 253 && DNS_SUBDOMAIN.test(made), made);
                if (content[key] !== value) assert.notEqual(nameByContent(name, "tls", { ...content, [key]: value }), made);
            }),
        );
    });

    for (const autonaming of [{ mode: "verbatim" }, { mode: "disabled" }, { pattern: "${name}" }]) {
        it(`is another one after a rotation under ${JSON.stringify(autonaming)}, and the Gateway's`, async () => {
            const made = async (validityHours: number): Promise<[string, unknown]> => {
                const { resources } = await evaluate(
                    () => {
                        const ingress = new gatehouse.IngressGateway("edge", { namespace: "edge", image: "gatehouse:1" });
                        new gatehouse.VirtualHost("web", {
                            gateway: ingress,
                            hosts: ["web.test"],
                            tls: { certificate: gatehouse.Certificate.selfSigned({ validityHours }) },
                            http: [{ route: [{ destination: { host: "a.b.svc.cluster.local", port: { number: 80 } } }] }],
                        });
                    },
                    { config: { "pulumi:autonaming": JSON.stringify(autonaming) } },
                );
                const [secret] = resources.filter(({ type: one }) => one === "kubernetes:core/v1:Secret");
                const spec = resources.find(({ name }) => name === "web-gateway")?.inputs["spec"] as {
                    servers: { tls?: { credentialName?: string } }[];
                };
                assert.equal(secret?.secretInputs.includes("data"), true);
                assert.equal(secret.name, (secret.inputs["metadata"] as { name?: string }).name);
                return [secret.name, spec.servers[0]?.tls?.credentialName];
            };
            const [first, second] = [await made(2000), await made(3000)];
            for (const [name, credential] of [first, second]) {
                assert.match(name, /^web-tls-[0-9a-f]{8}$/);
                assert.equal(credential, name);
            }
            assert.notEqual(first[0], second[0]);
        });
    }
});
