/** The cluster as the source when something goes wrong on the way to it. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ClusterRig, virtualService } from "./support/cluster";

describe("the cluster as the source, when something goes wrong", () => {
    let rig: ClusterRig;
    beforeEach(() => {
        rig = new ClusterRig();
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        rig.api.putQuietly("virtualservices", virtualService("b", "b.example.com"));
    });
    afterEach(() => rig.stop());

    const started = async (...args: Parameters<ClusterRig["start"]>): Promise<void> => {
        await rig.start(...args);
        await rig.ready();
    };
    const listed = (): number => rig.api.of("virtualservices", "list").length;

    it("goes on from the last bookmark, without a list, when a watch ends in its time", async () => {
        await started();
        const version = rig.api.bookmark("virtualservices");
        await rig.until(() => JSON.stringify(rig.source.report?.()).includes(`"${version}"`));
        rig.api.endWatches("virtualservices", "end");
        const second = await rig.api.watched("virtualservices", 2);
        assert.equal(second.query.get("resourceVersion"), version);
        assert.equal(listed(), 1);
        assert.equal(rig.findings, "");
    });

    it("goes on from the last event when a connection is cut, also in the middle of a line", async () => {
        await started();
        rig.api.put("virtualservices", virtualService("a", "one.example.com"));
        await rig.until(() => rig.objects[0] === "VirtualService a=one.example.com");
        rig.api.sendText("virtualservices", `{"type":"MODIFIED","object":{"metadata":{"name":"a"`);
        await new Promise((resolve) => setImmediate(resolve));
        rig.api.endWatches("virtualservices", "cut");
        await rig.api.watched("virtualservices", 2);
        await rig.until(() => rig.findings === "");
        rig.api.put("virtualservices", virtualService("a", "two.example.com"));
        await rig.until(() => rig.objects[0] === "VirtualService a=two.example.com");
        assert.equal(listed(), 1);
    });

    it("goes on where it was when a watch ends inside a line", async () => {
        await started();
        rig.api.sendText("virtualservices", `{"type":"MODIFIED"`);
        rig.api.endWatches("virtualservices", "end");
        await rig.api.watched("virtualservices", 2);
        assert.deepEqual([rig.objects.length, listed()], [2, 1]);
    });

    it("asks anew when a watch has been silent for too long", async () => {
        await started(undefined, { silenceMs: 150 });
        await rig.api.watched("virtualservices", 2);
        assert.equal(listed(), 1);
        assert.equal(rig.objects.length, 2);
    });

    for (const [how, expire] of [
        [
            "an ERROR event says 410",
            () =>
                rig.api.send("virtualservices", {
                    type: "ERROR",
                    object: { kind: "Status", code: 410, message: "too old resource version" },
                }),
        ],
        [
            "the watch is answered with 410",
            () => {
                let isFirst = true;
                rig.api.refuse = ({ resource, verb }) => {
                    if (resource !== "virtualservices" || verb !== "watch" || !isFirst) return undefined;
                    isFirst = false;
                    return { status: 410, message: "too old" };
                };
                rig.api.endWatches("virtualservices", "cut");
            },
        ],
    ] as const) {
        it(`reads everything anew when ${how}: what is gone goes, what is the same stays the same`, async () => {
            await started();
            const before = rig.state.objects.find(({ object }) => object.metadata.name === "b");
            rig.api.remove("virtualservices", "gw", "a", true);
            rig.api.putQuietly("virtualservices", virtualService("c", "c.example.com"));
            expire();
            await rig.until(() => rig.objects.join() === "VirtualService b=b.example.com,VirtualService c=c.example.com");
            assert.equal(
                rig.state.objects.find(({ object }) => object.metadata.name === "b"),
                before,
            );
            assert.equal(listed(), 2);
        });
    }

    it("keeps what it has while the API server is away, says since when, and takes up what changed meanwhile", async () => {
        await started();
        const before = Date.now();
        await rig.api.away();
        await rig.until(() => rig.findings !== "");
        assert.deepEqual(rig.objects, ["VirtualService a=a.example.com", "VirtualService b=b.example.com"]);
        const since =
            /GH0490: The API server http:\S+ does not answer as it should: the connection .*; what was read until (\S+) is served/.exec(
                rig.findings,
            )?.[1];
        assert.ok(since !== undefined && Math.abs(Date.parse(since) - before) < 5_000, rig.findings);
        await rig.until(() => (rig.source.report?.() as { behindSeconds: number }).behindSeconds > 0);
        rig.api.refuse = ({ verb, resource }) =>
            verb === "watch" && resource === "virtualservices" && rig.api.of(resource, "list").length < 2 ? { status: 410 } : undefined;
        rig.api.remove("virtualservices", "gw", "a", true);
        await rig.api.start();
        await rig.until(() => rig.findings === "" && rig.objects.length === 1);
    });

    it("uses a token that replaced a refused one at once, and nobody hears of it", async () => {
        const file = path.join(rig.api.folder, "token");
        writeFileSync(file, "old");
        rig.api.refuse = ({ token }) => (token === "new" ? undefined : { status: 401, message: "Unauthorized" });
        let isOld = true;
        rig.api.refuse = ({ token }) => (token === (isOld ? "old" : "new") ? undefined : { status: 401, message: "Unauthorized" });
        await started({ tokenFile: "token" });
        writeFileSync(`${file}.part`, "new");
        renameSync(`${file}.part`, file);
        isOld = false;
        for (const resource of ["virtualservices", "services", "gateways"]) rig.api.endWatches(resource, "cut");
        await rig.until(() => rig.api.of("services", "watch").at(-1)?.token === "new");
        await rig.until(() => rig.findings === "");
        assert.equal(rig.api.asked.filter(({ token }) => token === "old").length > 0, true);
        assert.ok(rig.states.every(({ findings }) => findings.every(({ code }) => code !== "GH0491")));
    });

    it("says that a token is refused and when it expired, never the token, and goes on with what it has", async () => {
        const payload = Buffer.from(JSON.stringify({ exp: 1_700_000_000 })).toString("base64url");
        const token = `eyJhbGciOiJub25lIn0.${payload}.c2ln`;
        let isGood = true;
        rig.api.refuse = () => (isGood ? undefined : { status: 401, message: "Unauthorized" });
        await started({ token });
        isGood = false;
        rig.api.endWatches("virtualservices", "cut");
        await rig.until(() => /GH0491/.test(rig.findings));
        assert.match(
            rig.findings,
            /does not take context test of .*, which expired at 2023-11-14T22:13:20\.000Z; what was read until .* is served: VirtualService\. Put a valid one in its place/,
        );
        assert.equal(rig.findings.includes(token) || rig.findings.includes(payload), false);
        assert.equal(rig.objects.length, 2);
        isGood = true;
        await rig.until(() => rig.findings === "");
    });

    it("takes a kubeconfig that was written anew when its token is refused", async () => {
        let wanted = "t";
        rig.api.refuse = ({ token }) => (token === wanted ? undefined : { status: 401 });
        await started();
        wanted = "u";
        rig.api.kubeconfig({ token: "u" });
        rig.api.endWatches("gateways", "cut");
        await rig.until(() => rig.api.of("gateways", "watch").at(-1)?.token === "u");
    });

    for (const verb of ["list", "watch"] as const) {
        it(`is not complete while it may not ${verb} a kind that routing needs, and says what to grant`, async () => {
            let isGranted = false;
            const message = `services is forbidden: User "system:serviceaccount:gw:edge" cannot ${verb} resource "services" in API group "" at the cluster scope`;
            rig.api.refuse = (asked) =>
                !isGranted && asked.resource === "services" && asked.verb === verb ? { status: 403, message } : undefined;
            await rig.start();
            await rig.until(() => /GH0492/.test(rig.findings));
            assert.match(
                rig.findings,
                new RegExp(
                    `system:serviceaccount:gw:edge may not ${verb} services in the whole cluster; nothing is served before Service could be read\\. Bind it to a ClusterRole with apiGroups \\[""\\], resources \\["services"\\], verbs \\["list", "watch"\\]\\.`,
                ),
            );
            assert.equal(rig.state.isPartial, true);
            isGranted = true;
            await rig.ready();
            assert.equal(rig.findings, "");
        });
    }

    for (const resource of ["sidecars", "configmaps"])
        it(`serves no application before it knows what may leave: without ${resource} nothing`, async () => {
            let isGranted = false;
            rig.api.refuse = (asked) => (!isGranted && asked.resource === resource ? { status: 403, message: "no" } : undefined);
            await rig.start(undefined, {}, undefined, { mode: "mesh", rootNamespace: "mesh-root" });
            await rig.until(() => /GH0492/.test(rig.findings));
            assert.match(rig.findings, /nothing is served before (Sidecar|ConfigMap) could be read/);
            assert.equal(rig.state.isPartial, true);
            isGranted = true;
            await rig.ready();
        });

    it("goes without a kind that routing does not need where it may not be read", async () => {
        rig.api.refuse = ({ resource }) => (resource === "telemetries" ? { status: 403, message: "no" } : undefined);
        await started();
        assert.match(
            rig.findings,
            /GH0492: .* may not list telemetries\.telemetry\.istio\.io in the whole cluster; Telemetry counts as absent\./,
        );
    });

    it("takes a kind that the cluster does not know for empty, says so once for all of them, and takes it up when it is there", async () => {
        let isThere = false;
        rig.api.refuse = ({ path: asked }) =>
            !isThere && asked.includes("istio.io")
                ? { status: 404, message: "the server could not find the requested resource" }
                : undefined;
        await started();
        assert.deepEqual(rig.objects, []);
        assert.match(
            rig.findings,
            /GH0493: The cluster does not know Gateway, VirtualService, ServiceEntry, DestinationRule and Sidecar of networking\.istio\.io: it counts as having none\. Install Istio's CustomResourceDefinitions/,
        );
        assert.match(
            rig.findings,
            /GH0493: The cluster does not know AuthorizationPolicy and RequestAuthentication of security\.istio\.io: it counts as having none/,
        );
        assert.doesNotMatch(rig.findings, /WasmPlugin|TrafficExtension|EnvoyFilter|ProxyConfig/);
        isThere = true;
        await rig.until(() => rig.objects.length === 2 && rig.findings === "");
    });

    it("reads an older version of the API where the newest is not served", async () => {
        rig.api.refuse = ({ path: asked }) => (asked.includes("networking.istio.io/v1/") ? { status: 404 } : undefined);
        await started();
        assert.equal(rig.objects.length, 2);
        assert.equal(rig.state.objects[0]?.object.apiVersion, "networking.istio.io/v1beta1");
        assert.equal((await rig.api.watched("virtualservices")).path, "/apis/networking.istio.io/v1beta1/virtualservices");
    });

    it("keeps a kind's objects while an API server that starts up does not know the kind for a moment", async () => {
        await started(undefined, { absentMs: 60_000 });
        let isThere = false;
        rig.api.refuse = ({ resource }) => (!isThere && resource === "virtualservices" ? { status: 404 } : undefined);
        rig.api.endWatches("virtualservices", "cut");
        await rig.until(() => /GH0493/.test(rig.findings));
        assert.equal(rig.objects.length, 2);
        isThere = true;
        await rig.until(() => rig.findings === "");
    });

    it("waits as long as the API server asks for", async () => {
        let refusedAt = 0;
        rig.api.refuse = ({ resource }) => {
            if (resource !== "virtualservices" || refusedAt !== 0) return undefined;
            refusedAt = performance.now();
            return { status: 429, headers: { "retry-after": "1" } };
        };
        await started();
        assert.ok(performance.now() - refusedAt >= 1000);
        assert.equal(listed(), 2);
    });

    it("does not take an answer that is no list for one", async () => {
        const isTold = (): boolean =>
            rig.states.some(({ findings }) => findings.some(({ message }) => message.includes("its answer is no list")));
        let times = 0;
        // Until it is told: an answer that comes right after may be told in its place.
        rig.api.refuse = ({ resource }) => (resource === "gateways" && ((times += 1) <= 1 || !isTold()) ? { status: 200 } : undefined);
        await started();
        assert.ok(isTold());
    });
});
