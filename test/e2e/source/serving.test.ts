/** The proxy serves a real cluster under the account that components make for it, whatever becomes of the API server. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { makeSelfSigned } from "../../support/certificates";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../../harness/ports";
import { ClusterProxy, get, untilSays } from "./support/cluster-proxy";
import { ACCOUNT, accountObjects, gatewayObject, hostObject, NAMESPACE, roleWithout, secretObject, type Ports } from "./support/objects";

const ARGS = ["--labels", `istio=${ACCOUNT}`, "--namespace", NAMESPACE];

describe("the proxy on a real cluster", () => {
    let plane: ControlPlane;
    let ports: Ports;
    let tokenFile: string;
    const running: ClusterProxy[] = [];

    const write = (token: string): void => {
        writeFileSync(`${tokenFile}.part`, token);
        renameSync(`${tokenFile}.part`, tokenFile);
    };
    /** As the gateway's account. */
    const start = async (): Promise<ClusterProxy> => {
        const proxy = await ClusterProxy.start([...ARGS, "--kubeconfig", plane.kubeconfigFor({ tokenFile })]);
        running.push(proxy);
        return proxy;
    };

    before(async function () {
        plane = await startControlPlane(this);
        const [http = 0, https = 0] = await freePorts(2);
        ports = { http, https };
        tokenFile = path.join(plane.folder, "edge-token");
        await plane.apply(accountObjects());
        write(await plane.token(NAMESPACE, ACCOUNT));
        await plane.apply([
            gatewayObject(ports),
            hostObject("plain", "plain one"),
            hostObject("secret", "secret one"),
            secretObject(await makeSelfSigned({ dns: ["secret.example.com"] })),
        ]);
    });
    afterEach(async () => {
        for (const proxy of running.splice(0)) await proxy.stop();
    });
    after(() => plane?.stop());

    it("serves what is there with the rendered rights alone, and a change as soon as it is made", async () => {
        const proxy = await (await start()).ready();
        await untilSays("plain.example.com", ports.http, "plain one");
        await untilSays("secret.example.com", ports.https, "secret one", "https");
        assert.equal(await proxy.findings(), "");
        await plane.apply([hostObject("plain", "plain two")]);
        await untilSays("plain.example.com", ports.http, "plain two");
        await plane.ask(["delete", "virtualservice", "secret", "-n", NAMESPACE]);
        await eventually(async () => assert.equal(await get("secret.example.com", ports.https, "https"), ""), 30_000);
        await plane.apply([hostObject("plain", "plain one"), hostObject("secret", "secret one")]);
        await untilSays("secret.example.com", ports.https, "secret one", "https");
    });

    it("lets nobody in while a policy that allows nobody is for it, from its namespace or the root namespace, and serves again without", async () => {
        const proxy = await (await start()).ready();
        await plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } }]);
        for (const namespace of [NAMESPACE, "istio-system"]) {
            await plane.apply([
                { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", metadata: { name: "keep-out", namespace }, spec: {} },
            ]);
            await untilSays("plain.example.com", ports.http, "RBAC: access denied");
            await untilSays("secret.example.com", ports.https, "RBAC: access denied", "https");
            await plane.ask(["delete", "authorizationpolicy", "keep-out", "-n", namespace]);
            await untilSays("plain.example.com", ports.http, "plain one");
        }
        await proxy.untilFindings("");
    });

    const denial = (namespace: string, hosts: readonly string[]): object => ({
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { name: "keep-out", namespace },
        spec: { action: "DENY", rules: [{ to: [{ operation: { hosts } }] }] },
    });

    it("asks the policies of its namespace and of the root namespace, as they are there, as they change and until they are gone", async () => {
        const proxy = await (await start()).ready();
        await plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } }]);
        for (const namespace of [NAMESPACE, "istio-system"]) {
            await plane.apply([denial(namespace, ["plain.example.com*"])]);
            await untilSays("plain.example.com", ports.http, "RBAC: access denied");
            assert.equal(await get("secret.example.com", ports.https, "https"), "secret one");
            await plane.apply([denial(namespace, ["secret.example.com*"])]);
            await untilSays("secret.example.com", ports.https, "RBAC: access denied", "https");
            assert.equal(await get("plain.example.com", ports.http), "plain one");
            await plane.ask(["delete", "authorizationpolicy", "keep-out", "-n", namespace]);
            await untilSays("secret.example.com", ports.https, "secret one", "https");
        }
        await plane.apply([denial("default", ["plain.example.com*"])]);
        await untilSays("plain.example.com", ports.http, "plain one");
        await plane.ask(["delete", "authorizationpolicy", "keep-out", "-n", "default"]);
        assert.equal(await proxy.untilFindings(""), "");
    });

    it("lets nobody in that a policy might keep out, while it may not read policies that the cluster has", async () => {
        await plane.apply([denial(NAMESPACE, ["plain.example.com*"]), roleWithout("ClusterRole", "authorizationpolicies", "list")]);
        const proxy = await start();
        assert.match(
            await proxy.untilFindings(/GH0492/),
            /GH0492: .* may not list authorizationpolicies\.security\.istio\.io in the whole cluster; nothing is served before AuthorizationPolicy could be read/,
        );
        assert.equal(await proxy.readiness(), 503);
        await plane.apply(accountObjects());
        await proxy.ready();
        await untilSays("plain.example.com", ports.http, "RBAC: access denied");
        assert.equal(await get("secret.example.com", ports.https, "https"), "secret one");
        await plane.ask(["delete", "authorizationpolicy", "keep-out", "-n", NAMESPACE]);
        await untilSays("plain.example.com", ports.http, "plain one");
        await proxy.untilFindings("");
    });

    it("keeps a host as it was when its object is made bad by hand, and says which field is bad", async () => {
        const proxy = await (await start()).ready();
        await plane.apply([hostObject("plain", "bad", { match: [{ uri: { regex: "(" } }] }), hostObject("other", "other")]);
        const findings = await proxy.untilFindings(/GH0403/);
        assert.match(findings, /GH0104 VirtualService istio-ingress\/plain spec\.http\[0\]\.match\[0\]\.uri\.regex: /);
        assert.match(
            findings,
            /GH0403 VirtualService istio-ingress\/plain: The last good version of VirtualService istio-ingress\/plain stays in force/,
        );
        await untilSays("plain.example.com", ports.http, "plain one");
        await plane.apply([hostObject("plain", "plain one")]);
        await plane.ask(["delete", "virtualservice", "other", "-n", NAMESPACE]);
        await proxy.untilFindings("");
    });

    it("serves on while the API server is away, says since when, and takes up what happened meanwhile", async () => {
        const proxy = await (await start()).ready();
        await plane.stopApiServer();
        const findings = await proxy.untilFindings(/GH0490/);
        assert.match(findings, /The API server https:\S+ does not answer as it should: .*; what was read until \d{4}-\S+Z is served/);
        assert.equal(await get("plain.example.com", ports.http), "plain one");
        assert.equal(await get("secret.example.com", ports.https, "https"), "secret one");
        assert.equal(await proxy.readiness(), 200);
        await eventually(async () => assert.ok((await proxy.admin<{ behindSeconds: number }>("/source")).behindSeconds > 0), 10_000);
        assert.ok(proxy.log.some(({ code, msg }) => code === "GH0490" && /what was read until/.test(msg ?? "")));
        await plane.startApiServer();
        await plane.apply([hostObject("plain", "plain after")]);
        await untilSays("plain.example.com", ports.http, "plain after");
        await proxy.untilFindings("");
        await plane.apply([hostObject("plain", "plain one")]);
    });

    it("waits for an API server that is not there yet, and says so", async () => {
        await plane.stopApiServer();
        const proxy = await start();
        assert.match(await proxy.untilFindings(/GH0490/), /the connection is refused; nothing is served before Gateway, .* could be read/);
        assert.equal(await proxy.readiness(), 503);
        await plane.startApiServer();
        await proxy.ready();
        await untilSays("plain.example.com", ports.http, "plain one");
        assert.ok(proxy.log.findIndex(({ msg }) => msg === "ready") >= 0);
    });

    it("serves a Secret's last good version after somebody deleted it; started anew it says which Secret is missing for which hosts", async () => {
        const proxy = await (await start()).ready();
        await untilSays("secret.example.com", ports.https, "secret one", "https");
        await plane.ask(["delete", "secret", "web-tls", "-n", NAMESPACE]);
        assert.match(
            await proxy.untilFindings(/GH0420/),
            /GH0420 Gateway istio-ingress\/web .*web-tls.*its last good version stays in force for .*secret\.example\.com/,
        );
        assert.equal(await get("secret.example.com", ports.https, "https"), "secret one");
        await proxy.stop();
        const second = await (await start()).ready();
        assert.match(await second.untilFindings(/GH0420/), /web-tls.*connections for .*secret\.example\.com.* are refused/);
        assert.match(await get("secret.example.com", ports.https, "https"), /^curl (35|56): /);
        assert.equal(await get("plain.example.com", ports.http), "plain one");
        await plane.apply([secretObject(await makeSelfSigned({ dns: ["secret.example.com"] }))]);
        await untilSays("secret.example.com", ports.https, "secret one", "https");
        await second.untilFindings("");
    });

    it("is not ready with a token that nobody knows, says so without the token, and takes the next one in the file", async () => {
        const good = await plane.token(NAMESPACE, ACCOUNT);
        write("nobody-knows-this-token");
        const proxy = await start();
        const findings = await proxy.untilFindings(/GH0491/);
        assert.match(findings, /does not take the token of \S+edge-token; nothing is served before/);
        assert.equal(await proxy.readiness(), 503);
        write(good);
        await proxy.ready();
        assert.equal(JSON.stringify(proxy.log).includes("nobody-knows-this-token"), false);
    });

    it("goes on with what it has when its token ends while it runs, and with the cluster once the file has a new one", async () => {
        const proxy = await (await start()).ready();
        // A token dies with the account that it is of.
        await plane.ask(["delete", "serviceaccount", ACCOUNT, "-n", NAMESPACE]);
        await plane.apply(accountObjects());
        await plane.stopApiServer();
        await plane.startApiServer();
        await proxy.untilFindings(/GH0491/);
        assert.equal(await get("plain.example.com", ports.http), "plain one");
        assert.equal(await proxy.readiness(), 200);
        write(await plane.token(NAMESPACE, ACCOUNT));
        await proxy.untilFindings("");
        await plane.apply([hostObject("plain", "plain renewed")]);
        await untilSays("plain.example.com", ports.http, "plain renewed");
        await plane.apply([hostObject("plain", "plain one")]);
    });

    it("takes the credentials that a program gives", async () => {
        const credential = JSON.stringify({
            apiVersion: "client.authentication.k8s.io/v1",
            kind: "ExecCredential",
            status: { token: await plane.token(NAMESPACE, ACCOUNT) },
        });
        const file = path.join(plane.folder, "exec-kubeconfig");
        writeFileSync(
            file,
            JSON.stringify({
                "current-context": "one",
                contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
                clusters: [{ name: "c", cluster: { server: plane.server, "certificate-authority": "apiserver.crt" } }],
                users: [
                    { name: "u", user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "echo", args: [credential] } } },
                ],
            }),
        );
        const proxy = await ClusterProxy.start([...ARGS, "--kubeconfig", file, "--context", "one"]);
        running.push(proxy);
        await proxy.ready();
        await untilSays("plain.example.com", ports.http, "plain one");
    });

    it("asks the API server once for each kind, and nothing more while nothing changes", async () => {
        const proxy = await (await start()).ready();
        const { asked } = await proxy.admin<{ asked: { requests: number; lists: number; watches: number } }>("/source");
        assert.deepEqual([asked.lists, asked.watches, asked.requests], [20, 20, 40]);
        await plane.apply([hostObject("plain", "plain one")]);
        const again = await proxy.admin<{ asked: { requests: number } }>("/source");
        assert.equal(again.asked.requests, 40);
    });
});
