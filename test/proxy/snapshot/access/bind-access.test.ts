/** Who may pass, bound at the cost of what changed, and closed where it can't be. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bindSnapshot, type Snapshot } from "../../../../proxy/snapshot";
import type { AccessEntry, AuthorizationPolicyEntry, TablesDelta } from "../../../../proxy/tables";
import { createUpstreamServices } from "../../../../proxy/upstream";
import { delta } from "../entries";
import { access, policy } from "../access-entries";

const services = createUpstreamServices();
const bind = (previous: Snapshot | undefined, next: TablesDelta): Snapshot => bindSnapshot(previous, next, services);

describe("access in a snapshot", () => {
    const parts = {
        access: [access("a", { deny: ["shop/one"] }), access("b", { deny: ["shop/two"] })],
        authorizations: [policy("one"), policy("two")],
    };

    it("binds again only what names a changed policy", () => {
        const first = bind(undefined, delta(1, parts));
        const second = bind(first, delta(2, { authorizations: [policy("two", { action: "DENY" })] }));
        assert.equal(second.access.get("a"), first.access.get("a"));
        assert.notEqual(second.access.get("b"), first.access.get("b"));
        assert.deepEqual(second.faults, []);
    });

    it("is the same map where nothing of it changed", () => {
        const first = bind(undefined, delta(1, parts));
        assert.equal(bind(first, delta(2, { virtualHosts: [] })).access, first.access);
    });

    it("lets nobody in where a policy is not there, and asks again when it comes", () => {
        const first = bind(undefined, delta(1, { access: parts.access, authorizations: [policy("one")] }));
        assert.equal(first.access.get("a")?.refusal, undefined);
        assert.equal(first.access.get("b")?.refusal?.detail, "rbac_access_denied_matched_policy[none]");
        assert.deepEqual(
            first.faults.map(({ table, key }) => [table, key]),
            [["access", "b"]],
        );
        assert.equal(bind(first, delta(2, { authorizations: [policy("two")] })).access.get("b")?.refusal, undefined);
    });

    it("forgets what is removed", () => {
        const first = bind(undefined, delta(1, parts));
        assert.equal(bind(first, delta(2, {}, { access: ["a"] })).access.has("a"), false);
    });

    it("takes no entry's broken shape for permission", () => {
        const broken = { key: "a" } as AccessEntry;
        const first = bind(undefined, delta(1, { access: [broken], authorizations: [{ key: "shop/one" } as AuthorizationPolicyEntry] }));
        assert.notEqual(first.access.get("a")?.refusal, undefined);
        assert.notEqual(bind(first, delta(2, { authorizations: [policy("one")] })).access.get("a")?.refusal, undefined);
    });
});
