/** S12: certificates mounted as files; a changed file is picked up. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestAuthority } from "../support/certificates";
import { eventually } from "../support/eventually";
import { run } from "../support/gatehouse";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const MOUNT = "etc/istio/ingressgateway-certs";
const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: default-gateway, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: ["*"]
      tls:
        mode: SIMPLE
        serverCertificate: /${MOUNT}/tls.crt
        privateKey: /${MOUNT}/tls.key
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default }
spec:
  hosts: ["*"]
  gateways: [istio-system/default-gateway]
  http: [{ route: [{ destination: { host: web, port: { number: 80 } } }] }]
`;

describe("S12 certificates from files", function () {
    this.timeout(600_000);
    let ca: TestAuthority;
    let web: Backend;
    let scenario: Scenario;
    let generation = 0;

    /** As the kubelet does it: a new folder, then one rename of the `..data` link. */
    const mount = async (): Promise<void> => {
        const folder = path.join(scenario.fileRoot, MOUNT);
        const issued = await ca.issue({ dns: ["files.example.com"] });
        const data = `..${++generation}`;
        mkdirSync(path.join(folder, data), { recursive: true });
        writeFileSync(path.join(folder, data, "tls.crt"), issued.cert);
        writeFileSync(path.join(folder, data, "tls.key"), issued.key);
        symlinkSync(data, path.join(folder, "..next"));
        renameSync(path.join(folder, "..next"), path.join(folder, "..data"));
        if (generation === 1) for (const name of ["tls.crt", "tls.key"]) symlinkSync(path.join("..data", name), path.join(folder, name));
    };

    before(async () => {
        ca = await makeAuthority();
        web = await httpBackend((_request, response) => {
            response.end("web");
        });
        scenario = await play({ ports: [443], files: { "objects.yaml": OBJECTS, "web.yaml": serviceYaml("web", 80, web.port) } });
    });
    after(async () => {
        await scenario.stop();
        await web.stop();
    });

    const serial = async (): Promise<string> => {
        const { stdout } = await run("openssl", [
            "s_client",
            "-connect",
            `127.0.0.1:${scenario.port(443)}`,
            "-servername",
            "files.example.com",
        ]);
        return /BEGIN CERTIFICATE-----([^-]+)/.exec(stdout)?.[1] ?? "";
    };

    it("says which file is missing while there is none", async () => {
        await scenario.proxy.waitFor((line) => JSON.stringify(line).includes(`/${MOUNT}/tls.crt`));
        assert.equal(await serial(), "");
    });

    it("serves with the files once they are mounted", async () => {
        await mount();
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
        const port = scenario.port(443);
        await eventually(async () => {
            const { stdout } = await scenario.curl(
                "--cacert",
                path.join(scenario.fileRoot, "ca.pem"),
                "--resolve",
                `files.example.com:${port}:127.0.0.1`,
                `https://files.example.com:${port}/`,
            );
            assert.equal(stdout, "web");
        });
    });

    it("gives new connections the changed certificate", async () => {
        const before = await serial();
        assert.notEqual(before, "");
        await mount();
        await eventually(async () => {
            const now = await serial();
            assert.ok(now !== "" && now !== before);
        });
    });
});
