/** Objects as files, and folders that hold exactly what the last run made. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parse } from "yaml";
import { CommandError } from "../../cli/exit";
import { fileNames, objectFiles, yamlText } from "../../cli/objects/files";
import { layOut, makeFolder } from "../../cli/objects/folder";
import { gateway, secret, server, service } from "./objects";

describe("the names of object files", () => {
    it("say namespace, kind and name; cluster-wide objects have no namespace", () => {
        const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "system:Gate/house" } };
        assert.deepEqual(fileNames([service("web", "shop", [80]), role]), ["shop-service-web.yaml", "clusterrole-system_gate_house.yaml"]);
    });

    it("differ for objects whose parts join to the same words, whatever their order", () => {
        const one = service("service-b", "a", [80]);
        const other = service("b", "a-service", [80]);
        const [first, second] = fileNames([one, other]);
        assert.notEqual(first, second);
        assert.deepEqual(fileNames([other, one]), [second, first]);
        assert.match(first ?? "", /^a-service-service-b-[0-9a-f]{8}\.yaml$/);
    });

    it("differ for one kind of two groups", () => {
        const mine = gateway("g", "ns", []);
        const [first, second] = fileNames([mine, { ...mine, apiVersion: "gateway.networking.k8s.io/v1" }]);
        assert.notEqual(first, second);
    });

    it("stay a file name, whatever the object is called", () => {
        for (const name of ["../../etc/passwd", "x".repeat(400), ".hidden", "a\nb"]) {
            const [file = ""] = fileNames([{ apiVersion: "v1", kind: "Service", metadata: { name } }]);
            assert.match(file, /^[a-z0-9_][a-z0-9._-]{0,215}\.yaml$/);
        }
    });

    it("mark Secrets", () => {
        assert.deepEqual(
            objectFiles([secret("s", "ns", {}), service("w", "ns", [])]).map((one) => one.secret),
            [true, false],
        );
    });
});

describe("the text of an object", () => {
    it("is YAML that reads back the same, without anchors or folded lines", () => {
        const hosts = ["a.example.com"];
        const object = gateway("g", "ns", [
            server(80, "HTTP", hosts),
            server(443, "HTTPS", hosts, { mode: "SIMPLE", credentialName: "x".repeat(200) }),
        ]);
        const text = yamlText(object);
        assert.deepEqual(parse(text), object);
        assert.doesNotMatch(text, /[&*]a\d/);
    });
});

describe("a laid-out folder", () => {
    let folder: string;
    const file = (name: string, content: string, isSecret = false): { name: string; content: string; secret: boolean } => ({
        name,
        content,
        secret: isSecret,
    });
    const visible = (): string[] =>
        readdirSync(folder)
            .filter((name) => !name.startsWith("."))
            .sort();
    beforeEach(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-lay-out-"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("holds what the last run made, and what others put there", () => {
        writeFileSync(path.join(folder, "mine.yaml"), "by hand");
        layOut(folder, [file("a.yaml", "1"), file("b.yaml", "1")], { secret: false });
        const again = layOut(folder, [file("b.yaml", "2"), file("c.yaml", "1")], { secret: false });
        assert.deepEqual(visible(), ["b.yaml", "c.yaml", "mine.yaml"]);
        assert.deepEqual(again, { written: ["b.yaml", "c.yaml"], removed: ["a.yaml"] });
    });

    it("does not write what did not change", () => {
        layOut(folder, [file("a.yaml", "1"), file("b.yaml", "1")], { secret: false });
        const before = statSync(path.join(folder, "a.yaml"), { bigint: true }).mtimeNs;
        assert.deepEqual(layOut(folder, [file("a.yaml", "1"), file("b.yaml", "2")], { secret: false }).written, ["b.yaml"]);
        assert.equal(statSync(path.join(folder, "a.yaml"), { bigint: true }).mtimeNs, before);
    });

    it("gives secrets to the owner only, also where the file was open before", () => {
        layOut(folder, [file("s.yaml", "1", true), file("deep/er/key", "k", true)], { secret: true });
        chmodSync(path.join(folder, "s.yaml"), 0o644);
        layOut(folder, [file("s.yaml", "1", true), file("deep/er/key", "k", true)], { secret: true });
        for (const name of ["s.yaml", "deep/er/key"]) assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o600);
        for (const name of ["", "deep", "deep/er"]) assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o700);
    });

    it("does not write over a file that it did not make", () => {
        writeFileSync(path.join(folder, "a.yaml"), "by hand");
        assert.throws(
            () => layOut(folder, [file("a.yaml", "1"), file("b.yaml", "1")], { secret: false }),
            (error: CommandError) => error.exitCode === 3 && /a\.yaml: there already/.test(error.message),
        );
        assert.equal(readFileSync(path.join(folder, "a.yaml"), "utf8"), "by hand");
        assert.ok(!existsSync(path.join(folder, "b.yaml")));
    });

    it("never removes outside itself, whatever its list says", () => {
        const outside = `${folder}-outside`;
        writeFileSync(outside, "keep");
        writeFileSync(path.join(folder, ".gatehouse-files"), JSON.stringify([`../${path.basename(outside)}`, outside, 7]));
        layOut(folder, [], { secret: false });
        assert.equal(readFileSync(outside, "utf8"), "keep");
        rmSync(outside);
    });

    it("leaves nothing half written beside its files", () => {
        layOut(folder, [file("a.yaml", "1")], { secret: false });
        assert.deepEqual(readdirSync(folder).sort(), [".gatehouse-files", "a.yaml"]);
    });

    it("that cannot be made could not run", () => {
        writeFileSync(path.join(folder, "plain"), "");
        assert.throws(
            () => layOut(path.join(folder, "plain", "below"), [], { secret: false }),
            (error: CommandError) => error.exitCode === 3 && /cannot make the folder/.test(error.message),
        );
    });

    it("where no folder can be made is refused, and not tried for ever", function () {
        if (process.platform !== "linux") this.skip();
        assert.throws(
            () => makeFolder("/proc/gatehouse/deep", false),
            (error: CommandError) =>
                error.exitCode === 3 && /cannot make the folder \/proc\/gatehouse\/deep: no such file or folder/.test(error.message),
        );
    });

    it("where a file stands is refused in words", () => {
        writeFileSync(path.join(folder, "plain"), "");
        assert.throws(() => makeFolder(path.join(folder, "plain"), true), /cannot make the folder .*plain: there is a file of that name$/);
    });
});
