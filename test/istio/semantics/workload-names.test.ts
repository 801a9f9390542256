/** What workloads are called; that istiod calls them the same is held in test/conformance/telemetry/workloads.test.ts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
    entryNames,
    listedNames,
    podNames,
    readWorkload,
    unseenPodNames,
    workloadOfPodName,
    workloadText,
    type WorkloadNames,
} from "../../../istio/semantics";
import type { ObjectMeta } from "../../../istio/types";

const made = (kind: string, name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
    name: `${name}-x`,
    generateName: `${name}-`,
    ownerReferences: [
        { kind: "Other", name: "not-this-one" },
        { kind, name, controller: true },
    ],
    ...more,
});
const workload = (metadata: ObjectMeta): string => podNames(metadata, "shop").workload;

describe("the workload of a pod", () => {
    it("is who made it, and of a ReplicaSet, a Job or a ReplicationController who made that", () => {
        const hash = { labels: { "pod-template-hash": "abc12" } };
        assert.equal(workload(made("ReplicaSet", "web-abc12", hash)), "web");
        assert.equal(workload(made("ReplicaSet", "web-other", hash)), "web-other");
        assert.equal(workload(made("ReplicaSet", "web-5f", { labels: { "rollouts-pod-template-hash": "5f" } })), "web");
        assert.equal(workload(made("ReplicaSet", "alone")), "alone");
        assert.equal(workload(made("StatefulSet", "db")), "db");
        assert.equal(workload(made("Job", "nightly-28012345")), "nightly");
        assert.equal(workload(made("Job", "once-1")), "once-1");
        assert.equal(workload(made("ReplicationController", "shift-1", { labels: { deploymentconfig: "shift" } })), "shift");
    });

    it("is the pod itself where nobody made it, and what its label says wherever it has that", () => {
        assert.equal(workload({ name: "alone" }), "alone");
        assert.equal(workload({ ...made("StatefulSet", "db"), generateName: "" }), "db-x");
        assert.equal(workload(made("StatefulSet", "db", { labels: { "service.istio.io/workload-name": "given" } })), "given");
    });

    it("is read of the pod's name where that is all that is known", () => {
        const names = ["web-6d4cf56db6-x2k8q", "agent-x2k8q", "db-0", "db-12", "nightly-28012345-x2k8q", "a-b-c", "a-b-cdefg-1", "", "web"];
        assert.deepEqual(names.map(workloadOfPodName), ["web", "agent", "db", "db", "nightly", "a-b-c", "a-b-cdefg", "", "web"]);
        const seen = unseenPodNames("web-6d4cf56db6-x2k8q", "shop", { app: "shop-web" });
        assert.deepEqual(seen, {
            workload: "web",
            namespace: "shop",
            canonicalService: "shop-web",
            canonicalRevision: "",
            app: "shop-web",
            version: "",
        });
        assert.equal(unseenPodNames("web-6d4cf56db6-x2k8q", "shop", { tier: "front" }).canonicalService, "", "its labels may say another");
    });
});

describe("the names of a workload", () => {
    it("are those of its labels in Istio's order, and its own where none says", () => {
        const labels = { app: "a", "app.kubernetes.io/name": "b", version: "v1", "app.kubernetes.io/version": "v2" };
        const { canonicalService, canonicalRevision, app, version } = podNames({ name: "p", labels }, "shop");
        assert.deepEqual([canonicalService, canonicalRevision, app, version], ["b", "v2", "a", "v1"]);
        assert.equal(podNames({ name: "p" }, "shop").canonicalService, "p");
        assert.equal(podNames({ name: "p", labels: { "service.istio.io/canonical-name": "c", app: "a" } }, "shop").canonicalService, "c");
    });

    it("of a WorkloadEntry are its group's, its label's or its own", () => {
        const own = { name: "vm-1" };
        assert.equal(entryNames(own, {}, "shop").workload, "vm-1");
        const labels = { "service.istio.io/workload-name": "given" };
        assert.equal(entryNames(own, labels, "shop").workload, "vm-1", "of the labels in its spec nobody takes it");
        assert.equal(entryNames({ ...own, labels }, labels, "shop").workload, "given");
        const grouped = { ...own, labels, annotations: { "istio.io/autoRegistrationGroup": "group" } };
        assert.equal(entryNames(grouped, labels, "shop").workload, "group");
    });

    it("of an endpoint in a ServiceEntry are the entry's with a number, unless its labels say", () => {
        const { workload: first, canonicalService } = listedNames("listed", 0, {}, "shop");
        assert.deepEqual(
            [first, canonicalService, listedNames("listed", 1, { app: "ext" }, "shop").canonicalService],
            ["listed-0", "listed-0", "ext"],
        );
    });

    it("come out of their text as they went in, whatever is in them but what parts them", () => {
        const name = fc.string().map((one) => one.replaceAll(";", "_"));
        const names: fc.Arbitrary<WorkloadNames> = fc.record({
            workload: name,
            namespace: name,
            canonicalService: name,
            canonicalRevision: name,
            app: name,
            version: name,
        });
        fc.assert(fc.property(names, (one) => assert.deepEqual(readWorkload(workloadText(one)), { ...one })));
        assert.equal(readWorkload(workloadText({ ...readWorkload(""), app: "a;b" })).app, "a_b");
    });
});
