/** URNs and what aliases make of them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { aliasUrns, makeUrn, parseUrn } from "../../../engine/monitor/urn";

const where = { stack: "dev", project: "p" };
const root = makeUrn(where, undefined, "pulumi:pulumi:Stack", "p-dev");
const outer = makeUrn(where, root, "t:index:Outer", "outer");

describe("URNs", () => {
    it("carry the types of all parents but the stack", () => {
        const inner = makeUrn(where, outer, "t:index:Inner", "inner");
        assert.deepEqual(
            [outer, makeUrn(where, inner, "k:core/v1:Map", "m")],
            ["urn:pulumi:dev::p::t:index:Outer::outer", "urn:pulumi:dev::p::t:index:Outer$t:index:Inner$k:core/v1:Map::m"],
        );
    });

    it("are read with names that hold colons", () => {
        assert.deepEqual(parseUrn("urn:pulumi:dev::p::a$b::name::with::colons"), {
            stack: "dev",
            project: "p",
            qualifiedType: "a$b",
            name: "name::with::colons",
        });
    });
});

describe("aliases", () => {
    const subject = {
        ...where,
        type: "k:core/v1:Map",
        name: "outer-map",
        parent: { urn: outer, name: "outer", aliasUrns: [] as string[] },
    };

    it("change what they name and keep the rest", () => {
        assert.deepEqual(
            aliasUrns(subject, [{ name: "old" }, { type: "k:core/v0:Map" }, { project: "q" }, { noParent: true }, "urn:whole"]),
            [
                "urn:pulumi:dev::p::t:index:Outer$k:core/v1:Map::old",
                "urn:pulumi:dev::p::t:index:Outer$k:core/v0:Map::outer-map",
                "urn:pulumi:dev::q::t:index:Outer$k:core/v1:Map::outer-map",
                "urn:pulumi:dev::p::k:core/v1:Map::outer-map",
                "urn:whole",
            ],
        );
    });

    it("reach the children of a renamed parent, whose names began with its own", () => {
        const renamed = { ...subject, parent: { ...subject.parent, aliasUrns: ["urn:pulumi:dev::p::t:index:Old::former"] } };
        assert.deepEqual(aliasUrns(renamed, []), ["urn:pulumi:dev::p::t:index:Old$k:core/v1:Map::former-map"]);
    });

    it("of a child and of its parent make every combination", () => {
        const renamed = { ...subject, parent: { ...subject.parent, aliasUrns: ["urn:pulumi:dev::p::t:index:Outer::former"] } };
        assert.deepEqual(aliasUrns(renamed, [{ name: "outer-thing" }]), [
            "urn:pulumi:dev::p::t:index:Outer$k:core/v1:Map::outer-thing",
            "urn:pulumi:dev::p::t:index:Outer$k:core/v1:Map::former-map",
            "urn:pulumi:dev::p::t:index:Outer$k:core/v1:Map::former-thing",
        ]);
    });
});
