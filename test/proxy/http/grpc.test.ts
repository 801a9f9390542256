import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isGrpc } from "../../../proxy/http/grpc";

describe("a call of gRPC", () => {
    it("is told by its content type, which has no parameters", () => {
        for (const type of ["application/grpc", "application/grpc+proto", "application/grpc+"])
            assert.ok(isGrpc(["x", "y", "content-type", type]), type);
        for (const type of [
            "application/grpc; charset=utf-8",
            "application/grpc;",
            "application/grpc-web",
            "Application/grpc",
            "application/grp",
            "",
        ])
            assert.ok(!isGrpc(["content-type", type]), type);
        assert.ok(!isGrpc([]));
    });
});
