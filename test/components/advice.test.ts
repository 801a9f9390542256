/** What is said beside an error of the provider's. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { rolloutText } from "../../components/workload/rollout";

describe("a rollout that is stuck", () => {
    const deployment = { metadata: { name: "public", namespace: "edge" }, spec: { progressDeadlineSeconds: 300 } };

    it("is told of with where to look", () => {
        const text =
            rolloutText(["resource … failed to fully initialize or become live: 'public' timed out waiting to be Ready"], deployment) ?? "";
        assert.match(
            text,
            /^The pods of the gateway edge\/public were not ready after 300 s; .* kubectl describe replicasets,pods -n edge -l gateway-name=public\. .*\(GH0222\)$/,
        );
    });

    it("is not what a refused object is", () => {
        assert.equal(rolloutText(['Deployment.apps "public" is invalid: spec.replicas'], deployment), undefined);
    });
});
