/** What is told of a route's conditions: never the value of what is called like a password, and where that is asked none that may be one. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { judge } from "../../../proxy/explain/conditions";
import type { RoutedRequest } from "../../../proxy/snapshot";

const REQUEST: RoutedRequest = {
    method: "GET",
    scheme: "http",
    authority: "a.test",
    pathname: "/",
    path: "/",
    headers: [],
    upgrade: "",
    payload: undefined,
};

describe("a condition that fails", () => {
    it("is told without a value that is a password by its name", () => {
        const names = ["authorization", "x-api-key", "x-team", "user-agent"];
        const exact = (name: string) => ({ name, match: { kind: "exact" as const, value: `hunter2 of ${name}` } });
        const match = { headers: names.map((name) => ({ ...exact(name), invert: false })), queryParams: names.map(exact), claims: [] };
        const told = (isConcealed: boolean): string[] => {
            const { text } = judge(match, REQUEST, isConcealed);
            return names.filter((name) => text.includes(`hunter2 of ${name}`));
        };
        assert.deepEqual(told(false), ["x-team", "user-agent"]);
        assert.deepEqual(told(true), ["user-agent"]);
    });
});
